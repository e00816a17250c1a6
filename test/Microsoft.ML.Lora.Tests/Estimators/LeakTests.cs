using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.ML.Lora.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>
/// Native memory comes back: the number of live tensors returns to where it was, and the process does not grow, whether classifiers are
/// disposed or forgotten. Runs alone, since tensors are counted for the whole process.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class LeakTests
{
    private const int Trainings = 200;
    private const int Predictions = 20_000;
    private const int WarmUp = 10;

    // What caches, JIT and arenas may still take after the warm-up; 200 lost models of this size alone would take more.
    private const long AllowedGrowth = 48L << 20;

    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void TrainingsThatAreDisposed() => Check(disposed: true);

    [TestMethod]
    public void TrainingsThatAreForgotten() => Check(disposed: false);

    private void Check(bool disposed)
    {
        using var tiny = new TinyBase();
        Message[] messages = Messages.Make(32);
        IDataView rows = _ml.Data.LoadFromEnumerable(messages);
        void Repeat(int trainings)
        {
            for (int i = 0; i < trainings; i++)
                TrainAndPredict(tiny, rows, messages, Predictions / Trainings, disposed);
        }

        Thread.Sleep(100); // what other tests left behind goes too
        Collect();
        long tensors = torch.Tensor.TotalCount;
        int models = BaseModelStore.LoadedCount;
        Repeat(WarmUp);
        Collect();
        long before = ResidentBytes();
        Repeat(Trainings);
        Settle(tensors);
        long after = ResidentBytes();

        Console.WriteLine($"{Trainings} trainings, {Predictions} predictions, disposed: {disposed}; live tensors {tensors} -> {torch.Tensor.TotalCount}; "
            + $"resident {before >> 20} -> {after >> 20} MiB");
        Assert.AreEqual(tensors, torch.Tensor.TotalCount, "Live tensors.");
        Assert.AreEqual(models, BaseModelStore.LoadedCount, "Loaded base models.");
        Assert.IsLessThan(AllowedGrowth, after - before, "Resident memory grew.");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TrainAndPredict(TinyBase tiny, IDataView rows, Message[] messages, int predictions, bool dispose)
    {
        ITransformer model = TinyPipeline.Create(_ml, TinyPipeline.Options(tiny, epochs: 1)).Fit(rows);
        PredictionEngine<Message, Intent> engine =
            _ml.Model.CreatePredictionEngine<Message, Intent>(model, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < predictions / 2; i++)
            engine.Predict(messages[i % messages.Length]);
        for (int i = 0; i < predictions / 2; i += messages.Length)
            _ = TinyPipeline.Scores(_ml, model, messages);
        if (!dispose)
            return;
        engine.Dispose();
        ((IDisposable)model).Dispose();
    }

    /// <summary>Collects until so few tensors live: a lane that waits for callers to come back holds its last model for some milliseconds.</summary>
    private static void Settle(long tensors)
    {
        var waited = Stopwatch.StartNew();
        Collect();
        while (torch.Tensor.TotalCount > tensors && waited.Elapsed < TimeSpan.FromSeconds(5))
        {
            Thread.Sleep(20);
            Collect();
        }
    }

    private static void Collect()
    {
        for (int i = 0; i < 4; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private static long ResidentBytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    [TestMethod]
    public void ManyPredictionsOfOneClassifier()
    {
        using var tiny = new TinyBase();
        Message[] messages = Messages.Make(100);
        ITransformer model = TinyPipeline.Fit(_ml, tiny, rows: 40, epochs: 1);
        _ = TinyPipeline.Scores(_ml, model, messages);
        Collect();
        long tensors = torch.Tensor.TotalCount, before = ResidentBytes();
        for (int i = 0; i < Predictions / messages.Length; i++)
            _ = TinyPipeline.Scores(_ml, model, messages);
        Assert.AreEqual(tensors, torch.Tensor.TotalCount, "Scoring keeps no tensor, not even until the next collection.");
        Collect();
        Assert.IsLessThan(AllowedGrowth, ResidentBytes() - before, "Resident memory grew.");
        ((IDisposable)model).Dispose();
    }

    [TestMethod]
    public void AFailedTrainingLeavesNothing()
    {
        using var tiny = new TinyBase();
        Collect();
        long tensors = torch.Tensor.TotalCount;
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => TinyPipeline.Fit(_ml, tiny, rows: 40, epochs: 5, change: o =>
        {
            o.CancellationToken = source.Token;
            o.Progress = new CancelAtStep(source, 2);
        }));
        Assert.Throws<ArgumentException>(() => TinyPipeline.Fit(_ml, tiny, rows: 40, change: o => o.Lora.TargetModules = ["nothing"]));
        Assert.AreEqual(tensors, torch.Tensor.TotalCount);
    }

    private sealed class CancelAtStep(CancellationTokenSource source, int step) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step >= step)
                source.Cancel();
        }
    }
}
