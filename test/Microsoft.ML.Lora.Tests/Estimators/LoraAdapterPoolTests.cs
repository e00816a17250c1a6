using Microsoft.ML.Data;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>Many adapters on one base.</summary>
[TestClass]
[DoNotParallelize]
public sealed class LoraAdapterPoolTests
{
    private static readonly LoraAdapterPoolOptions _float32 = new() { ComputeType = ComputeType.Float32 };

    private readonly MLContext _ml = new(1);

    private sealed class TenantMessage
    {
        public string Tenant { get; set; } = "";

        public string Text { get; set; } = "";
    }

    private sealed class TenantIntent
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }

    /// <summary>Three tenants with labels, ranks and calibrations of their own, one of them from a zip; each scored with its own model.</summary>
    [TestMethod]
    public void AMixedBatchGivesTheScoresOfEachAlone()
    {
        using var tiny = new TinyBase();
        using var folder = new TemporaryFolder();
        Dictionary<string, ITransformer> models = Tenants(tiny);
        using LoraAdapterPool pool = _ml.Model.CreateLoraAdapterPool(tiny.Model, _float32);
        foreach ((string key, ITransformer model) in models)
        {
            string zip = Path.Combine(folder.FullPath, $"{key}.zip");
            _ml.Model.SaveAtomic(model, null, zip);
            if (key == "fabrikam")
                pool.Load(key, zip);
            else
                pool.Set(key, model);
        }

        Assert.AreEqual(3, pool.Count);
        CollectionAssert.AreEquivalent(models.Keys.ToArray(), pool.Keys.ToArray());
        Message[] messages = Messages.Make(90, seed: 41);
        string[] keys = [.. models.Keys];
        LoraTextRequest[] requests = [.. messages.Select((m, i) => new LoraTextRequest(keys[i * 7 % 3], m.Text))];
        IReadOnlyList<LoraPrediction> together = pool.Predict(requests);
        Dictionary<string, float[][]> alone = models.ToDictionary(m => m.Key, m => TinyPipeline.Scores(_ml, m.Value, messages));
        TenantMessage[] rows = [.. requests.Select(r => new TenantMessage { Tenant = r.Key, Text = r.Sentence1 })];
        IDataView view = pool.CreateTransformer("Tenant", "Text").Transform(_ml.Data.LoadFromEnumerable(rows));
        TenantIntent[] viewed = [.. _ml.Data.CreateEnumerable<TenantIntent>(view, reuseRowObject: false)];
        for (int i = 0; i < requests.Length; i++)
        {
            Same(alone[requests[i].Key][i], [.. together[i].Scores]);
            Assert.AreEqual(together[i].Labels[OutputGetters.ArgMax([.. together[i].Scores])], together[i].Label);
            Same(alone[requests[i].Key][i], viewed[i].Score);
            Assert.AreEqual(together[i].Label, viewed[i].PredictedLabel);
        }

        using PredictionEngine<TenantMessage, TenantIntent> engine = _ml.Model.CreatePredictionEngine<TenantMessage, TenantIntent>(pool.CreateTransformer("Tenant", "Text"));
        Same(viewed[5].Score, engine.Predict(rows[5]).Score);
        Assert.IsTrue(pool.TryGet("fabrikam", out LoraAdapterInfo? info));
        CollectionAssert.AreEqual(together.First(p => p.Key == "fabrikam").Labels.ToArray(), info.Labels.ToArray());
        Assert.AreEqual(TinyPipeline.Classifier(models["fabrikam"]).History.Temperature, info.Temperature);
        Assert.AreNotEqual(1, info.Temperature, "The test needs a calibrated tenant to tell.");
    }

    [TestMethod]
    public void AFolderOfPeftNeedsItsLabelsFromTheCaller()
    {
        using var tiny = new TinyBase();
        using var folder = new TemporaryFolder();
        ITransformer model = TinyPipeline.Fit(_ml, tiny, rows: 60, epochs: 2);
        ClassifierState state = TinyPipeline.Classifier(model).State;
        File.WriteAllBytes(Path.Combine(folder.FullPath, PeftFormat.ConfigFileName), state.AdapterConfig);
        File.WriteAllBytes(Path.Combine(folder.FullPath, PeftFormat.WeightsFileName), state.AdapterWeights);
        Message[] messages = Messages.Make(10, seed: 42);
        using LoraAdapterPool pool = _ml.Model.CreateLoraAdapterPool(tiny.Model, _float32);
        pool.Load("named", folder.FullPath, ["x", "y", "z"]);
        pool.Load("numbered", folder.FullPath);
        float[][] expected = TinyPipeline.Scores(_ml, model, messages);
        for (int i = 0; i < messages.Length; i++)
            Same(expected[i], [.. pool.Predict("named", messages[i].Text).Scores]);
        LoraPrediction named = pool.Predict("named", messages[0].Text), numbered = pool.Predict("numbered", messages[0].Text);
        Assert.AreEqual("xyz"["012".IndexOf(numbered.Label[0])], named.Label[0]);
        StringAssert.Contains(Assert.ThrowsExactly<LoraFormatException>(() => pool.Load("few", folder.FullPath, ["x"])).Message, "3 classes");
        Assert.ThrowsExactly<FileNotFoundException>(() => pool.Load("none", Path.Combine(folder.FullPath, "missing")));
    }

    [TestMethod]
    public void AnUnknownKeyIsAnErrorOrAnEmptyResult()
    {
        using var tiny = new TinyBase();
        ITransformer model = TinyPipeline.Fit(_ml, tiny, rows: 30, epochs: 1);
        using (LoraAdapterPool strict = _ml.Model.CreateLoraAdapterPool(tiny.Model, _float32))
        {
            strict.Set("a", model);
            StringAssert.Contains(Assert.ThrowsExactly<KeyNotFoundException>(() => strict.Predict([new("a", "the card"), new("b", "the card")])).Message, "'b'");
        }

        using LoraAdapterPool pool = _ml.Model.CreateLoraAdapterPool(tiny.Model, new LoraAdapterPoolOptions { ComputeType = ComputeType.Float32, AllowUnknownKeys = true });
        pool.Set("a", model);
        IReadOnlyList<LoraPrediction> results = pool.Predict([new("b", "the card"), new("a", "the card"), new("b", "hello")]);
        Assert.AreEqual("", results[0].Label);
        Assert.IsEmpty(results[2].Scores);
        Assert.HasCount(3, results[1].Scores);
        TenantMessage[] rows = [new() { Tenant = "b", Text = "the card" }, new() { Tenant = "a", Text = "the card" }];
        TenantIntent[] viewed = [.. _ml.Data.CreateEnumerable<TenantIntent>(pool.CreateTransformer("Tenant", "Text").Transform(_ml.Data.LoadFromEnumerable(rows)), false)];
        Assert.AreEqual("", viewed[0].PredictedLabel);
        Assert.IsEmpty(viewed[0].Score);
        Same([.. results[1].Scores], viewed[1].Score);
    }

    [TestMethod]
    public void AnotherBaseIsRefused()
    {
        using var tiny = new TinyBase();
        using var other = new TinyBase(seed: 8);
        using LoraAdapterPool pool = _ml.Model.CreateLoraAdapterPool(tiny.Model, _float32);
        Assert.ThrowsExactly<BaseModelException>(() => pool.Set("x", TinyPipeline.Fit(_ml, other, rows: 30, epochs: 1)));
        Assert.ThrowsExactly<ArgumentException>(() => pool.Set("x", _ml.Transforms.CopyColumns("a", "Text").Fit(_ml.Data.LoadFromEnumerable(Messages.Make(3)))));
        Assert.AreEqual(0, pool.Count);
    }

    /// <summary>Readers of all tenants while adapters are replaced and removed: every result is one of the versions', and nothing is left behind.</summary>
    [TestMethod]
    public void AdaptersComeAndGoWhileOthersScore()
    {
        using var tiny = new TinyBase();
        Dictionary<string, ITransformer> models = Tenants(tiny);
        Message[] messages = Messages.Make(30, seed: 43);
        float[][] a = TinyPipeline.Scores(_ml, models["contoso"], messages), b = TinyPipeline.Scores(_ml, models["fabrikam"], messages);
        Collect();
        long tensors = torch.Tensor.TotalCount;
        int bases = BaseModelStore.LoadedCount;
        LoraAdapterPool pool = _ml.Model.CreateLoraAdapterPool(tiny.Model, new LoraAdapterPoolOptions { ComputeType = ComputeType.Float32, AllowUnknownKeys = true });
        pool.Set("live", models["contoso"]);
        pool.Set("steady", models["fabrikam"]);

        using var stop = new CancellationTokenSource();
        int reads = 0, wrong = 0;
        Exception? failure = null;
        Thread[] readers = [.. Enumerable.Range(0, 6).Select(t => new Thread(() =>
        {
            try
            {
                for (int i = t; !stop.IsCancellationRequested; i = (i + 1) % messages.Length)
                {
                    IReadOnlyList<LoraPrediction> results = pool.Predict([new("live", messages[i].Text), new("steady", messages[i].Text), new("gone", messages[i].Text)]);
                    bool right = (Near(a[i], results[0].Scores) || Near(b[i], results[0].Scores)) && Near(b[i], results[1].Scores)
                        && (results[2].Scores.Count == 0 || Near(a[i], results[2].Scores));
                    Interlocked.Increment(ref reads);
                    if (!right)
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
        for (int i = 0; i < 100; i++)
        {
            pool.Set("live", models[i % 2 == 0 ? "fabrikam" : "contoso"]);
            pool.Set("gone", models["contoso"]);
            Thread.Sleep(1);
            Assert.IsTrue(pool.Remove("gone"));
        }

        stop.Cancel();
        foreach (Thread reader in readers)
            reader.Join();
        Console.WriteLine($"{reads} mixed batches");
        Assert.IsNull(failure, failure?.ToString());
        Assert.AreEqual(0, wrong, $"of {reads}");
        Assert.IsGreaterThan(20, reads);
        pool.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => pool.Predict("live", "the card"));
        Assert.ThrowsExactly<ObjectDisposedException>(() => pool.Set("live", models["contoso"]));
        Collect();
        Assert.AreEqual(tensors, torch.Tensor.TotalCount, "Live tensors.");
        Assert.AreEqual(bases, BaseModelStore.LoadedCount, "Loaded base models.");
    }

    private Dictionary<string, ITransformer> Tenants(TinyBase tiny)
    {
        Message[] two = [.. Messages.Make(90).Where(m => m.Label != "refund")];
        return new Dictionary<string, ITransformer>
        {
            ["contoso"] = TinyPipeline.Fit(_ml, tiny, rows: 60, epochs: 2),
            ["fabrikam"] = TinyPipeline.Fit(new MLContext(5), tiny, rows: 60, epochs: 3, change: o =>
            {
                o.Lora = new LoraOptions { Rank = 2, Alpha = 6, TargetModules = ["query", "output.dense"] };
                o.Training.ValidationFraction = 0.3;
            }),
            ["wingtip"] = TinyPipeline.Create(_ml, TinyPipeline.Options(tiny, 2)).Fit(_ml.Data.LoadFromEnumerable(two)),
        };
    }

    private static bool Near(IReadOnlyList<float> a, IReadOnlyList<float> b) =>
        a.Count == b.Count && a.Zip(b).All(p => Math.Abs(p.First - p.Second) <= ScoringTolerances.Batch + ScoringTolerances.Merging);

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
