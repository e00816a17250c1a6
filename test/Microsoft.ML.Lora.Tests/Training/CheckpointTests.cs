using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Training;

[TestClass]
public sealed class CheckpointTests
{
    [TestMethod]
    public void CancellingWritesACheckpointAndResumingGivesTheSameBits()
    {
        using var folder = new TemporaryFolder();
        string expected = TinyTask.TrainCheckpointed(null);
        foreach (long step in new long[] { 1, 5, 23 })
        {
            using var source = new CancellationTokenSource();
            Assert.ThrowsExactly<OperationCanceledException>(() => TinyTask.TrainCheckpointed(folder.FullPath, new CancelAt(step, source), source.Token));
        }

        var steps = new List<long>();
        Assert.AreEqual(expected, TinyTask.TrainCheckpointed(folder.FullPath, new Steps(steps)));
        Assert.AreEqual(24, steps[0]);
    }

    [TestMethod]
    [DataRow(OptimizerKind.AdamW)]
    [DataRow(OptimizerKind.Adam)]
    [DataRow(OptimizerKind.Sgd)]
    public void EveryOptimizerGoesOnWithTheSameBits(OptimizerKind optimizer)
    {
        using var folder = new TemporaryFolder();
        TrainingOptions options = TinyTask.Checkpointed(null);
        (options.MaxEpochs, options.Optimizer) = (2, optimizer);
        if (optimizer == OptimizerKind.Sgd)
            (options.Momentum, options.Nesterov) = (0.9, true);
        else
            (options.AmsGrad, options.Beta2) = (true, 0.5);
        string expected = TinyTask.TrainAndHash(options);
        (options.CheckpointDirectory, options.CheckpointEverySteps) = (folder.FullPath, 1);
        using var source = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => TinyTask.TrainAndHash(options, new CancelAt(7, source), source.Token));
        options.Resume = ResumeMode.Required;
        Assert.AreEqual(expected, TinyTask.TrainAndHash(options));
    }

    [TestMethod]
    [DataRow(1, null, true)] // any time is longer
    [DataRow(864_000_000_000, null, false)] // a day
    [DataRow(864_000_000_000, 2, true)]
    public void AStateIsWrittenAfterATimeOrANumberOfSteps(long ticks, int? everySteps, bool expected)
    {
        using var folder = new TemporaryFolder();
        TrainingOptions options = TinyTask.Checkpointed(folder.FullPath);
        (options.MaxEpochs, options.CheckpointInterval, options.CheckpointEverySteps) = (1, TimeSpan.FromTicks(ticks), everySteps);
        var there = new List<bool>();
        TinyTask.TrainAndHash(options, new CallAlways(() => there.Add(States(folder).Length == 1)));
        CollectionAssert.AreEqual(Enumerable.Range(1, there.Count).Select(step => expected && step > (everySteps ?? 1)) // the next step's loss says that a state is good
            .ToArray(), there);
        Assert.IsGreaterThan(3, there.Count);
    }

    [TestMethod]
    public void ATrainingThatHasEndedIsClosedAndTheNextOneBeginsAnew()
    {
        using var folder = new TemporaryFolder();
        TrainingOptions options = TinyTask.Checkpointed(folder.FullPath);
        options.MaxEpochs = 1;
        string expected = TinyTask.TrainAndHash(options);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.FullPath));
        var steps = new List<long>();
        Assert.AreEqual(expected, TinyTask.TrainAndHash(options, new Steps(steps)));
        Assert.AreEqual(1, steps[0]);
    }

    [TestMethod]
    public void ACheckpointThatCannotBeRemovedCostsNoResult()
    {
        using var folder = new TemporaryFolder();
        TrainingOptions options = TinyTask.Checkpointed(folder.FullPath);
        (options.MaxEpochs, options.ValidationFraction) = (1, 0);
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        var warnings = new List<string>();
        Trainer.Run(classifier, TinyTask.Rows(32, 1), null, options, 1, new CallAlways(() =>
        {
            foreach (string state in States(folder)) // what cannot be deleted as a file
            {
                File.Delete(state);
                Directory.CreateDirectory(Path.Combine(state, "inside"));
            }
        }), _ => { }, warnings.Add, default);
        StringAssert.Contains(warnings.Single(), "could not be removed");
        StringAssert.Contains(warnings.Single(), folder.FullPath);
    }

    [TestMethod]
    public void TheSameTrainingManyTimesAtOnceRunsOrIsRefused()
    {
        using var folder = new TemporaryFolder();
        TrainingOptions options = TinyTask.Checkpointed(null);
        (options.MaxEpochs, options.BatchSize, options.ValidationFraction) = (1, 96, 0);
        string expected = TinyTask.TrainAndHash(options);
        (options.CheckpointDirectory, options.CheckpointEverySteps) = (folder.FullPath, 1);
        int ended = 0;
        Parallel.For(0, 24, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            try
            {
                Assert.AreEqual(expected, TinyTask.TrainAndHash(options));
                Interlocked.Increment(ref ended);
            }
            catch (InvalidOperationException e) when (e.Message.Contains("is running already", StringComparison.Ordinal))
            {
                // The only other way that it may go.
            }
        });
        Assert.IsGreaterThan(0, ended);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.FullPath));
    }

    [TestMethod]
    public void AnotherTrainingDoesNotSeeTheCheckpoint()
    {
        using var folder = new TemporaryFolder();
        Interrupt(folder);
        using BertModel model = TinyTask.Model();
        TrainingOptions options = TinyTask.Checkpointed(folder.FullPath);
        options.Resume = ResumeMode.Required;
        options.LearningRate = 4e-3;
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => TinyTask.Train(classifier, TinyTask.Rows(96, 1, weighted: true), options)).Message, "there is no checkpoint of this training");
        options.LearningRate = TinyTask.Checkpointed(null).LearningRate;
        Assert.ThrowsExactly<InvalidOperationException>(() => TinyTask.Train(classifier, TinyTask.Rows(96, 2, weighted: true), options)); // other rows
        Assert.ThrowsExactly<InvalidOperationException>(() => TinyTask.Train(classifier, TinyTask.Rows(96, 1, weighted: true), options, seed: 9)); // another seed
        TinyTask.Train(classifier, TinyTask.Rows(96, 1, weighted: true), options);
    }

    [TestMethod]
    public void TheSameTrainingTwiceAtOnceIsRefused()
    {
        using var folder = new TemporaryFolder();
        bool tried = false;
        TinyTask.TrainCheckpointed(folder.FullPath, new CallOnce(() =>
        {
            StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => TinyTask.TrainCheckpointed(folder.FullPath)).Message, "is running already");
            tried = true;
        }));
        Assert.IsTrue(tried);
    }

    [TestMethod]
    public void ACheckpointOfAnotherEnvironmentIsRefusedUnlessAllowed()
    {
        using var folder = new TemporaryFolder();
        Interrupt(folder);
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        TrainingSet rows = TinyTask.Rows(96, 1, weighted: true);
        TrainingOptions options = TinyTask.Checkpointed(folder.FullPath);
        string identity = Path.GetFileName(Directory.GetDirectories(folder.FullPath).Single());
        string state = States(folder).Single();
        int[] lengths = [.. classifier.Parameters.Select(p => (int)p.Value.numel())];
        (TrainingState read, TrainingIdentity full) = TrainingState.Read(state, lengths, ["first_moment", "second_moment"], rows.Split(options.ValidationFraction, 1).Validation.Count * TinyTask.Classes);
        StringAssert.StartsWith(full.Training.ToLowerInvariant(), identity);
        StringAssert.Contains(full.Environment, "Float32");
        AtomicFile.Write(state, stream => read.Write(stream, full with { Environment = "another machine" }));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => TinyTask.Train(classifier, rows, options)).Message, "written in another environment (another machine; now Float32");
        options.ResumeInOtherEnvironment = true;
        Assert.IsNotEmpty(TinyTask.Train(classifier, rows, options).History.Epochs);
    }

    [TestMethod]
    public void DamagedCheckpointsAndFoldersThatCannotBeAreClearErrors()
    {
        using var folder = new TemporaryFolder();
        Interrupt(folder);
        string state = States(folder).Single();
        byte[] bytes = File.ReadAllBytes(state);
        File.WriteAllBytes(state, bytes[..(bytes.Length / 2)]);
        string message = Assert.ThrowsExactly<LoraFormatException>(() => TinyTask.TrainCheckpointed(folder.FullPath)).Message;
        StringAssert.Contains(message, "state.safetensors");
        StringAssert.Contains(message, "Delete that file, or set TrainingOptions.Resume to Never");
        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => TinyTask.TrainCheckpointed(state)).Message, "CheckpointDirectory");
    }

    [TestMethod]
    public void ADivergedTrainingGoesOnFromTheLastGoodCheckpointWithOtherOptions()
    {
        using var folder = new TemporaryFolder();
        using BertModel model = TinyTask.Model();
        TrainingOptions options = TinyTask.Checkpointed(folder.FullPath);
        (options.LearningRate, options.WarmupSteps) = (1e30, 5); // the first step has rate 0, the second ruins everything, which the third sees
        TrainingDivergedException e;
        float[][] fresh;
        using (SequenceClassifier classifier = TinyTask.Classifier(model))
        {
            fresh = classifier.CopyParameters();
            e = Assert.ThrowsExactly<TrainingDivergedException>(() => TinyTask.Train(classifier, TinyTask.Rows(96, 1), options));
        }

        Assert.AreEqual(3, e.Step);
        Assert.HasCount(16, e.Rows);
        StringAssert.Contains(e.Message, e.Checkpoint!);
        StringAssert.Contains(e.Message, "TrainingOptions.StartFrom");
        float[][] good = Parameters(e.Checkpoint!);
        for (int i = 0; i < fresh.Length; i++)
            CollectionAssert.AreEqual(fresh[i], good[i], "written after the ruin");

        options = TinyTask.Checkpointed(folder.FullPath);
        (options.StartFrom, options.MaxEpochs) = (e.Checkpoint, 2);
        using SequenceClassifier next = TinyTask.Classifier(model, seed: 5); // other fresh parameters, which are not used
        TinyTask.Train(next, TinyTask.Rows(96, 1), options);
        using SequenceClassifier same = TinyTask.Classifier(model);
        options.StartFrom = null;
        TinyTask.Train(same, TinyTask.Rows(96, 1), options);
        Assert.AreEqual(TinyTask.Hash(same), TinyTask.Hash(next));

        float[][] Parameters(string path)
        {
            using SequenceClassifier classifier = TinyTask.Classifier(model);
            return TrainingState.ReadParameters(path, [.. classifier.Parameters.Select(p => (int)p.Value.numel())], _ => { });
        }
    }

    [TestMethod]
    public void ACheckpointOfOtherParametersIsNoStart()
    {
        using var folder = new TemporaryFolder();
        Interrupt(folder);
        string state = States(folder).Single();
        StringAssert.Contains(Message(new LoraOptions { Rank = 3 }, state), "lora_A.weight [3, 32]'");
        StringAssert.Contains(Message(new LoraOptions { TargetModules = ["query", "key"] }, state), "Base model, LoraOptions and labels must be those of the training that wrote it");
        StringAssert.Contains(Message(new LoraOptions(), state, ComputeType.BFloat16), "written with other weights of the base model");
        StringAssert.Contains(Message(new LoraOptions(), folder.File("none")), "which does not exist");
        File.WriteAllText(folder.File("no-checkpoint"), "text");
        StringAssert.Contains(Message(new LoraOptions(), folder.File("no-checkpoint")), "no-checkpoint");

        static string Message(LoraOptions lora, string path, ComputeType type = ComputeType.Float32)
        {
            using BertModel model = TinyTask.Model(type);
            using SequenceClassifier classifier = TinyTask.Classifier(model, lora);
            string before = TinyTask.Hash(classifier);
            Exception e = Assert.Throws<Exception>(() => TinyTask.Train(classifier, TinyTask.Rows(96, 1), new TrainingOptions { StartFrom = path }));
            Assert.IsTrue(e is ArgumentException or LoraFormatException, e.ToString());
            Assert.AreEqual(before, TinyTask.Hash(classifier));
            return e.Message;
        }
    }

    private static string[] States(TemporaryFolder folder) => Directory.GetFiles(folder.FullPath, "state.safetensors", SearchOption.AllDirectories);

    private static void Interrupt(TemporaryFolder folder)
    {
        using var source = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => TinyTask.TrainCheckpointed(folder.FullPath, new CancelAt(7, source), source.Token));
    }

    private sealed class Steps(List<long> steps) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => steps.Add(value.Step);
    }

    private sealed class CallAlways(Action action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action();
    }

    private sealed class CallOnce(Action action) : IProgress<TrainingProgress>
    {
        private Action? _action = action;

        public void Report(TrainingProgress value)
        {
            Action? now = _action;
            _action = null;
            now?.Invoke();
        }
    }
}
