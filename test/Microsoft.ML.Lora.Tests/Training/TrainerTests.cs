using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Training;

[TestClass]
public sealed class TrainerTests
{
    private static readonly TrainingOptions s_short = new() { MaxEpochs = 2, BatchSize = 16 };

    public required TestContext TestContext { get; set; }

    [TestMethod]
    public void AdaptersLearnWhatTheHeadAloneCannotAndTheBaseStaysAsItWas()
    {
        using BertModel model = TinyTask.Model();
        string before = TinyTask.Hash(model);
        TrainingSet train = TinyTask.Rows(600, 1), test = TinyTask.Rows(300, 2);
        var options = new TrainingOptions { MaxEpochs = 12, BatchSize = 32, LearningRate = 5e-3 };
        using SequenceClassifier lora = TinyTask.Classifier(model, new LoraOptions { TargetModulesPattern = "all-linear" });
        using SequenceClassifier frozen = TinyTask.Classifier(model, LoraOptions.None);
        TinyTask.Train(lora, train, options);
        TinyTask.Train(frozen, train, new TrainingOptions { MaxEpochs = 4, BatchSize = 32, LearningRate = 5e-3 });
        double withLora = Evaluator.Evaluate(lora, test).Metrics.Accuracy;
        double headOnly = Evaluator.Evaluate(frozen, test).Metrics.Accuracy;
        foreach (AdaptedPart part in lora.Adapter!.Parts)
            ParameterValues.Write(part.B, new float[part.B.numel()]);
        double zeroed = Evaluator.Evaluate(lora, test).Metrics.Accuracy;
        TestContext.WriteLine($"LoRA {withLora:F3}, head alone {headOnly:F3}, adapters zeroed {zeroed:F3}");
        Assert.IsGreaterThan(headOnly + 0.1, withLora);
        Assert.IsGreaterThan(zeroed + 0.1, withLora);

        Assert.AreEqual(before, TinyTask.Hash(model));
        foreach (TorchSharp.torch.Tensor weight in model.Weights.Values)
        {
            Assert.IsFalse(weight.requires_grad);
            Assert.IsNull(weight.grad);
        }
    }

    [TestMethod]
    public void SameSeedSameBits()
    {
        string first = TinyTask.TrainAndHash(5);
        Assert.AreEqual(first, TinyTask.TrainAndHash(5));
        Assert.AreNotEqual(first, TinyTask.TrainAndHash(6));
    }

    [TestMethod]
    public void SameSeedSameBitsInOtherProcessesAndUnderLoad()
    {
        string here = Processes.ChildProcess.Run(TinyTask.Role, "5").Trim();
        using var stop = new CancellationTokenSource();
        Thread[] load = [.. Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            ulong x = 1;
            while (!stop.IsCancellationRequested)
                x = CounterRandom.Derive(x, 1);
        }) { IsBackground = true })];
        foreach (Thread thread in load)
            thread.Start();
        try
        {
            Assert.AreEqual(here, Processes.ChildProcess.Run(TinyTask.Role, "5").Trim());
        }
        finally
        {
            stop.Cancel();
            foreach (Thread thread in load)
                thread.Join();
        }

        Assert.AreEqual(64 + 1 + 64, here.Length);
    }

    [TestMethod]
    public void BestEpochIsKeptAndItsFiguresAreThoseOfTheModel()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        TrainingSet validation = TinyTask.Rows(120, 2);
        // A rate so high that later epochs are worse than the best one.
        TrainingResult result = TinyTask.Train(classifier, TinyTask.Rows(200, 1), new TrainingOptions { MaxEpochs = 6, LearningRate = 0.03, BatchSize = 16 }, validation: validation);
        EpochResult best = result.History.Epochs.OrderByDescending(e => e.ValidationAccuracy).ThenBy(e => e.ValidationLoss).First();
        Assert.AreEqual(best.Epoch, result.History.BestEpoch);
        EvaluationResult now = Evaluator.Evaluate(classifier, validation);
        Assert.AreEqual(best.ValidationAccuracy!.Value, now.Metrics.Accuracy);
        Assert.AreEqual(best.ValidationLoss!.Value, now.Loss);
        Assert.AreEqual(best.ValidationMacroF1!.Value, now.Metrics.MacroF1);
        Assert.AreEqual(120, result.History.ValidationRows);
        Assert.IsLessThanOrEqualTo(result.History.CalibrationErrorBefore!.Value + 0.05, result.History.CalibrationErrorAfter!.Value);
        Assert.AreNotEqual(1, result.History.Temperature);
    }

    [TestMethod]
    public void StopsEarlyAfterThePatience()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        // The first epoch ruins the model; with no learning afterwards nothing improves.
        var options = new TrainingOptions { MaxEpochs = 50, LearningRate = 1e-12, EarlyStoppingPatience = 2, BatchSize = 50, SelectionMetric = ModelSelectionMetric.Accuracy };
        TrainingResult result = TinyTask.Train(classifier, TinyTask.Rows(100, 1), options, validation: TinyTask.Rows(60, 2));
        Assert.IsTrue(result.History.StoppedEarly);
        Assert.IsLessThan(50, result.History.Epochs.Count);
        Assert.HasCount(result.History.BestEpoch + 2, result.History.Epochs);
    }

    [TestMethod]
    public void ValidationFractionTakesAShareOfEveryClass()
    {
        TrainingSet set = TinyTask.Rows(200, 1);
        (TrainingSet train, TrainingSet validation) = set.Split(0.2, 3);
        long[] all = set.CountByClass(), held = validation.CountByClass();
        for (int c = 0; c < TinyTask.Classes; c++)
            Assert.AreEqual(0.2 * all[c], held[c], 0.5);
        int[] rows = [.. Enumerable.Range(0, train.Count).Select(train.RowOf), .. Enumerable.Range(0, validation.Count).Select(validation.RowOf)];
        CollectionAssert.AreEqual(Enumerable.Range(0, 200).ToArray(), rows.Order().ToArray());
        CollectionAssert.AreEqual(set.Row(validation.RowOf(3)).Ids, validation.Row(3).Ids);
        Assert.AreEqual(validation.RowOf(3), validation.Row(3).ExampleId);
        Assert.ThrowsExactly<ArgumentException>(() => TinyTask.Rows(3, 1).Split(0.01, 1));
    }

    [TestMethod]
    public void ProgressCountsEveryStepAndEpoch()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        var reports = new List<TrainingProgress>();
        TinyTask.Train(classifier, TinyTask.Rows(50, 1), s_short, validation: TinyTask.Rows(20, 2), progress: new Recorder(reports));
        Assert.HasCount(2 * (4 + 1), reports); // 50 rows are four batches of 16 and less
        CollectionAssert.AreEqual(new long[] { 1, 2, 3, 4, 4, 5, 6, 7, 8, 8 }, reports.Select(r => r.Step).ToArray());
        Assert.IsTrue(reports.All(r => r is { TotalSteps: 8, MaxEpochs: 2, RowsPerSecond: > 0 } && r.Loss > 0 && r.Remaining >= TimeSpan.Zero));
        Assert.IsNull(reports[3].ValidationAccuracy);
        Assert.IsNotNull(reports[4].ValidationAccuracy);
        Assert.AreEqual(TimeSpan.Zero, reports[^1].Remaining);
    }

    [TestMethod]
    public void CancellationStopsAtTheNextStep()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        using var source = new CancellationTokenSource();
        var reports = new List<TrainingProgress>();
        Assert.ThrowsExactly<OperationCanceledException>(() => TinyTask.Train(classifier, TinyTask.Rows(200, 1), s_short,
            progress: new Recorder(reports, r => { if (r.Step == 3) source.Cancel(); }), cancellationToken: source.Token));
        Assert.AreEqual(3, reports[^1].Step);
    }

    [TestMethod]
    public void DivergenceNamesStepAndRows()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        var options = new TrainingOptions { MaxEpochs = 5, LearningRate = 1e6, WarmupRatio = 0, BatchSize = 10 };
        TrainingDivergedException e = Assert.ThrowsExactly<TrainingDivergedException>(() => TinyTask.Train(classifier, TinyTask.Rows(100, 1), options));
        Assert.IsGreaterThan(1, e.Step);
        Assert.HasCount(10, e.Rows);
        StringAssert.Contains(e.Message, $"step {e.Step}");
        StringAssert.Contains(e.Message, string.Join(", ", e.Rows));

        // A number that is not one in a head: found at the first step.
        using SequenceClassifier broken = TinyTask.Classifier(model);
        float[] bias = ParameterValues.Read(broken.Head.Bias);
        bias[1] = float.NaN;
        ParameterValues.Write(broken.Head.Bias, bias);
        Assert.AreEqual(1, Assert.ThrowsExactly<TrainingDivergedException>(() => TinyTask.Train(broken, TinyTask.Rows(40, 1), s_short)).Step);
    }

    [TestMethod]
    public void BadInputIsRefusedBeforeTraining()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        string start = TinyTask.Hash(classifier);
        TrainingSet good = TinyTask.Rows(20, 1);
        Refused(new TrainingSet(3), s_short, "has no rows");
        var oneClass = new TrainingSet(3);
        oneClass.Add([1, 2], [], 2);
        oneClass.Add([1, 3], [], 2);
        Refused(oneClass, s_short, "All 2 training rows have the same class (index 2)");
        var weightless = new TrainingSet(3);
        weightless.Add([1, 2], [], 0, 0);
        weightless.Add([1, 2], [], 1, 0);
        Refused(weightless, s_short, "weight 0");
        Refused(good, new TrainingOptions { ClassWeights = [1, 2] }, "ClassWeights has 2 weights; there are 3 classes");
        Refused(good, new TrainingOptions { EarlyStoppingPatience = 2 }, "there are no validation rows");
        Refused(good, new TrainingOptions { BatchSize = 0, MaxEpochs = -1 }, "MaxEpochs is -1");
        Refused(TinyTaskRowsOf(4), s_short, "The classifier has 3 classes, the training set 4");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => good.Add([1], [], 3));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => good.Add([1], [], 0, float.NaN));
        Assert.ThrowsExactly<ArgumentException>(() => good.Add([], [], 0));
        Assert.AreEqual(start, TinyTask.Hash(classifier));

        void Refused(TrainingSet set, TrainingOptions options, string text) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TinyTask.Train(classifier, set, options)).Message, text);

        static TrainingSet TinyTaskRowsOf(int classes)
        {
            var set = new TrainingSet(classes);
            set.Add([1], [], 0);
            set.Add([2], [], 1);
            return set;
        }
    }

    [TestMethod]
    public void TrainsInBFloat16WithFloat32Masters()
    {
        using BertModel model = TinyTask.Model(ComputeType.BFloat16);
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        TrainingResult result = TinyTask.Train(classifier, TinyTask.Rows(60, 1), s_short);
        Assert.IsTrue(result.History.Epochs.All(e => double.IsFinite(e.TrainingLoss)));
        Assert.IsTrue(classifier.Parameters.All(p => p.Value.dtype == TorchSharp.torch.ScalarType.Float32));
        Assert.IsTrue(classifier.Adapter!.Parts.All(p => ParameterValues.Read(p.B).Any(x => x != 0)));
    }

    [TestMethod]
    public void NoTensorOutlivesATrainingEvenACancelledOne()
    {
        using BertModel model = TinyTask.Model();
        TrainingSet train = TinyTask.Rows(40, 1), validation = TinyTask.Rows(10, 2);
        Train(cancelAt: null); // whatever is made once per process exists now
        long before = TorchSharp.torch.Tensor.TotalCount;
        for (int i = 0; i < 5; i++)
        {
            Train(cancelAt: null);
            Train(cancelAt: 2);
        }

        Assert.AreEqual(before, TorchSharp.torch.Tensor.TotalCount);

        void Train(long? cancelAt)
        {
            using SequenceClassifier classifier = TinyTask.Classifier(model);
            using var source = new CancellationTokenSource();
            var recorder = new Recorder([], r => { if (r.Step == cancelAt) source.Cancel(); });
            if (cancelAt is null)
                TinyTask.Train(classifier, train, s_short, validation: validation, progress: recorder);
            else
                Assert.ThrowsExactly<OperationCanceledException>(() => TinyTask.Train(classifier, train, s_short, validation: validation, progress: recorder, cancellationToken: source.Token));
        }
    }

    private sealed class Recorder(List<TrainingProgress> reports, Action<TrainingProgress>? then = null) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            reports.Add(value);
            then?.Invoke(value);
        }
    }
}
