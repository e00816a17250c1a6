using Microsoft.ML.Data;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>Folds share one folder for checkpoints, and each has a state of its own there.</summary>
[TestClass]
public sealed class CrossValidationTests
{
    private const int Folds = 3;

    [TestMethod]
    public void InterruptedInAFoldItGoesOnThereAndEndsWithTheSameFigures()
    {
        using var tiny = new TinyBase();
        using var folder = new TemporaryFolder();
        double[] expected = Run(tiny, null, null, default, out _);

        using var source = new CancellationTokenSource();
        var cancel = new CancelInFold(2, 3, source);
        Assert.Throws<OperationCanceledException>(() => Run(tiny, folder.FullPath, cancel, source.Token, out _));
        Assert.HasCount(1, Directory.GetFiles(folder.FullPath, "state.safetensors", SearchOption.AllDirectories), "the first fold has ended, the third has not begun");

        double[] figures = Run(tiny, folder.FullPath, null, default, out List<string> log);
        CollectionAssert.AreEqual(expected, figures);
        Assert.HasCount(1, log.Where(line => line.Contains("Going on from the checkpoint", StringComparison.Ordinal) && line.Contains("after 3 steps", StringComparison.Ordinal)).ToArray(), string.Join('\n', log));
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.FullPath), "trainings that have ended leave nothing");
    }

    [TestMethod]
    public void FoldsTrainedAtOnceDoNotMeetInTheFolder()
    {
        using var tiny = new TinyBase();
        using var folder = new TemporaryFolder();
        double[] expected = Run(tiny, null, null, default, out _);
        double[] figures = new double[Folds];
        Parallel.For(0, Folds, new ParallelOptions { MaxDegreeOfParallelism = Folds }, fold =>
        {
            var ml = new MLContext(1);
            DataOperationsCatalog.TrainTestData split = ml.Data.CrossValidationSplit(ml.Data.LoadFromEnumerable(Messages.Make(90)), Folds)[fold];
            ITransformer model = TinyPipeline.Create(ml, Options(tiny, folder.FullPath)).Fit(split.TrainSet);
            figures[fold] = ml.MulticlassClassification.Evaluate(model.Transform(split.TestSet)).LogLoss;
        });
        CollectionAssert.AreEqual(expected, figures);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.FullPath));
    }

    private static double[] Run(TinyBase tiny, string? folder, IProgress<TrainingProgress>? progress, CancellationToken token, out List<string> log)
    {
        var ml = new MLContext(1);
        List<string> lines = log = [];
        ml.Log += (_, e) => lines.Add(e.Message);
        LoraTextClassificationTrainer.Options options = Options(tiny, folder);
        (options.Progress, options.CancellationToken) = (progress, token);
        IDataView data = ml.Data.LoadFromEnumerable(Messages.Make(90));
        return [.. ml.MulticlassClassification.CrossValidate(data, TinyPipeline.Create(ml, options), Folds).Select(fold => fold.Metrics.LogLoss)];
    }

    private static LoraTextClassificationTrainer.Options Options(TinyBase tiny, string? folder)
    {
        LoraTextClassificationTrainer.Options options = TinyPipeline.Options(tiny, epochs: 2);
        options.Training.ValidationFraction = 0.2;
        (options.Training.CheckpointDirectory, options.Training.CheckpointEverySteps) = (folder, folder is null ? null : 1);
        return options;
    }

    /// <summary>A fold begins with step 1.</summary>
    private sealed class CancelInFold(int fold, long step, CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        private int _folds;

        public void Report(TrainingProgress value)
        {
            _folds += value.Step == 1 ? 1 : 0;
            if (_folds == fold && value.Step == step)
                source.Cancel();
        }
    }
}
