using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>Another adapter for a classifier that is in use.</summary>
[TestClass]
[DoNotParallelize]
public sealed class SwapTests
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void AnEngineChangesAndAnOpenCursorDoesNot()
    {
        using var tiny = new TinyBase();
        (ITransformer live, ITransformer next, Message[] messages) = Two(tiny);
        float[][] before = TinyPipeline.Scores(_ml, live, messages), after = TinyPipeline.Scores(_ml, next, messages);
        Assert.IsGreaterThan(1e-3f, Math.Abs(before[0][0] - after[0][0]), "The two must differ for this test to tell.");
        using PredictionEngine<Message, Intent> engine = _ml.Model.CreatePredictionEngine<Message, Intent>(live, new PredictionEngineOptions { OwnsTransformer = false });
        Same(before[0], engine.Predict(messages[0]).Score);

        IDataView view = live.Transform(_ml.Data.LoadFromEnumerable(messages));
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<VBuffer<float>> score = cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]);
        VBuffer<float> vector = default;
        for (int i = 0; i < messages.Length; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            if (i == 3)
            {
                TinyPipeline.Classifier(live).SwapAdapter(TinyPipeline.Classifier(next));
                TinyPipeline.Classifier(next).Dispose(); // its owner may drop it: the memory is shared and counted
            }

            score(ref vector);
            Same(before[i], [.. vector.DenseValues()]);
        }

        Same(after[1], engine.Predict(messages[1]).Score);
        float[][] swapped = TinyPipeline.Scores(_ml, live, messages);
        for (int i = 0; i < messages.Length; i++)
            Same(after[i], swapped[i]);
    }

    [TestMethod]
    public void TheSwappedVersionIsWhatIsSaved()
    {
        using var tiny = new TinyBase();
        (ITransformer live, ITransformer next, Message[] messages) = Two(tiny);
        float[][] after = TinyPipeline.Scores(_ml, next, messages);
        _ml.Model.SwapLoraAdapter(live, next);
        using var stream = new MemoryStream();
        _ml.Model.Save(live, null, stream);
        stream.Position = 0;
        ITransformer loaded = new MLContext().Model.Load(stream, out _);
        TinyPipeline.Classifier(loaded).BindBase(tiny.Model);
        Same(after[2], TinyPipeline.Scores(_ml, loaded, messages)[2]);
        Assert.AreEqual(TinyPipeline.Classifier(next).History.Temperature, TinyPipeline.Classifier(loaded).History.Temperature);
    }

    /// <summary>Eight readers never see anything but one of the two versions, and the memory of what was replaced comes back.</summary>
    [TestMethod]
    public void ReadersGoOnWhileVersionsChange()
    {
        using var tiny = new TinyBase();
        (ITransformer live, ITransformer next, Message[] messages) = Two(tiny);
        LoraTextClassificationTransformer a = TinyPipeline.Classifier(TinyPipeline.Fit(_ml, tiny, rows: 60, epochs: 2)), b = TinyPipeline.Classifier(next);
        LoraTextClassificationTransformer target = TinyPipeline.Classifier(live);
        float[][] first = TinyPipeline.Scores(_ml, live, messages), second = TinyPipeline.Scores(_ml, next, messages);
        _ = a.Transform(_ml.Data.LoadFromEnumerable(messages));
        target.SwapAdapter(a);
        Collect();
        long tensors = torch.Tensor.TotalCount;

        using var stop = new CancellationTokenSource();
        int reads = 0, wrong = 0;
        Exception? failure = null;
        Thread[] readers = [.. Enumerable.Range(0, 8).Select(t => new Thread(() =>
        {
            try
            {
                var ml = new MLContext();
                using PredictionEngine<Message, Intent> engine = ml.Model.CreatePredictionEngine<Message, Intent>(live, new PredictionEngineOptions { OwnsTransformer = false });
                for (int i = t; !stop.IsCancellationRequested; i = (i + 1) % messages.Length)
                {
                    float[] score = engine.Predict(messages[i]).Score;
                    bool known = Near(first[i], score) || Near(second[i], score);
                    Interlocked.Increment(ref reads);
                    if (!known)
                        Interlocked.Increment(ref wrong);
                }
            }
            catch (Exception e)
            {
                failure = e;
            }
        }))];
        foreach (Thread reader in readers)
            reader.Start();
        var slowest = TimeSpan.Zero;
        var times = new List<double>();
        for (int i = 0; i < 400; i++)
        {
            long start = Stopwatch.GetTimestamp();
            target.SwapAdapter(i % 2 == 0 ? b : a);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            Thread.Sleep(1);
        }

        stop.Cancel();
        foreach (Thread reader in readers)
            reader.Join();
        times.Sort();
        Console.WriteLine($"{reads} reads; swap of a loaded adapter: median {times[times.Count / 2]:F4} ms, 90 % {times[times.Count * 9 / 10]:F4} ms, longest {times[^1]:F3} ms");
        Assert.IsNull(failure, failure?.ToString());
        Assert.AreEqual(0, wrong, $"of {reads} reads");
        Assert.IsGreaterThan(100, reads);
        Assert.IsLessThan(1.0, times[times.Count / 2], "The exchange is one write; a scheduler may take a thread away now and then, but not in half of all swaps.");
        Collect();
        Assert.AreEqual(tensors, torch.Tensor.TotalCount, "Live tensors.");
    }

    [TestMethod]
    public void WhatDoesNotFitIsRefusedAndNothingChanges()
    {
        using var tiny = new TinyBase();
        using var otherBase = new TinyBase(seed: 9);
        ITransformer live = TinyPipeline.Fit(_ml, tiny, rows: 30, epochs: 1);
        Message[] messages = Messages.Make(5, seed: 3);
        float[][] before = TinyPipeline.Scores(_ml, live, messages);
        LoraTextClassificationTransformer target = TinyPipeline.Classifier(live);

        string wrongBase = Refused(TinyPipeline.Fit(_ml, otherBase, rows: 30, epochs: 1));
        StringAssert.Contains(wrongBase, "base model");
        string columns = Refused(TinyPipeline.Fit(_ml, tiny, rows: 30, epochs: 1, change: o => { o.Sentence1ColumnName = "Pair"; o.ScoreColumnName = "Probabilities"; }));
        StringAssert.Contains(columns, "'Pair'");
        StringAssert.Contains(columns, "'Probabilities'");
        Message[] fewer = [.. Messages.Make(60).Where(m => m.Label != "refund")];
        string labels = Refused(TinyPipeline.Create(_ml, TinyPipeline.Options(tiny, 1)).Fit(_ml.Data.LoadFromEnumerable(fewer)));
        StringAssert.Contains(labels, "2 classes");
        Assert.ThrowsExactly<ArgumentNullException>(() => target.SwapAdapter(null!));
        ITransformer without = _ml.Transforms.CopyColumns("a", "Text").Fit(_ml.Data.LoadFromEnumerable(messages));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => _ml.Model.SwapLoraAdapter(live, without)).Message, "0 LoRA text classifiers");
        Same(before[4], TinyPipeline.Scores(_ml, live, messages)[4]);

        string Refused(ITransformer other) => Assert.ThrowsExactly<ArgumentException>(() => target.SwapAdapter(TinyPipeline.Classifier(other))).Message;
    }

    private (ITransformer Live, ITransformer Next, Message[] Messages) Two(TinyBase tiny) => (
        TinyPipeline.Fit(_ml, tiny, rows: 60, epochs: 2),
        TinyPipeline.Fit(new MLContext(5), tiny, rows: 60, epochs: 3, change: o => o.Lora = new LoraOptions { Rank = 2, Alpha = 6 }),
        Messages.Make(40, seed: 31));

    private static bool Near(float[] a, float[] b) => a.Zip(b).All(p => Math.Abs(p.First - p.Second) <= ScoringTolerances.Batch);

    private static void Same(float[] expected, float[] actual) =>
        Assert.IsTrue(Near(expected, actual), $"expected {string.Join(' ', expected)}, got {string.Join(' ', actual)}");

    private static void Collect()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
