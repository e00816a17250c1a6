using System.Text.Json;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;

namespace Microsoft.ML.Lora.Tests.Adapters;

/// <summary>Rows of several adapters in one forward.</summary>
[TestClass]
public sealed class MixedForwardTests
{
    public required TestContext TestContext { get; set; }

    /// <summary>PEFT's own mixed batches, where each row names its adapter, and each adapter alone.</summary>
    [TestMethod]
    public void RecordedMixedBatches()
    {
        var run = new GoldenRun(TestContext, "peft/manage");
        foreach (string folder in GoldenFiles.Folders("peft", "manage"))
        {
            string name = Path.GetFileName(folder);
            JsonElement record = GoldenJson.Load(Path.Combine(folder, "case.json"));
            if (PeftCase.UnsupportedBase(record.Text("base")) is { } why)
                run.LeaveOut(name, why);
            else
                run.Case(name, () => Check(folder, record));
        }

        run.Finish();
    }

    /// <summary>Targets, ranks, poolings, heads and lengths all differ; every row must come out as it does alone.</summary>
    [TestMethod]
    public void EveryRowGetsItsOwnAdapterPoolingAndHead()
    {
        using BertModel model = TinyBertModel();
        Pooling[] poolings = [new(new PoolingSettings(PoolingMode.Mean), model), new(new PoolingSettings(PoolingMode.Pooler), model)];
        ServedAdapter[] adapters = [.. Enumerable.Range(0, 7).Select(i => Make(model, poolings[i % 2], i))];
        TokenizedRow[] texts = Models.TinyBert.Rows(3, 9, 1, 9, 9, 4, 12, 3, 1, 30, 9, 4, 4, 2);
        AdaptedRow[] rows = [.. texts.Select((row, i) => new AdaptedRow(row.Ids, row.TypeIds, adapters[i * 3 % 7]))];

        float[][] together = MixedForward.Logits(model, rows);
        for (int i = 0; i < rows.Length; i++)
        {
            float[] alone = MixedForward.Logits(model, [rows[i]])[0];
            Assert.AreEqual(rows[i].Adapter.Classes, together[i].Length);
            GoldenAssert.Near(alone, together[i], GoldenTolerances.ModelFloat32, $"row {i}");
        }

        // Not one of them is the bare base or another's.
        float[] other = MixedForward.Logits(model, [rows[0] with { Adapter = adapters[2] }])[0];
        Assert.IsGreaterThan(1e-2f, Math.Abs(other[0] - together[0][0]));
        foreach (ServedAdapter adapter in adapters)
            adapter.Release();
    }

    [TestMethod]
    public void AnAdapterTakesTheMemoryOfItsFile()
    {
        using BertModel model = TinyBertModel();
        var pooling = new Pooling(new PoolingSettings(PoolingMode.Mean), model);
        using SequenceClassifier classifier = SequenceClassifier.Create(model, pooling, new LoraOptions { Rank = 4 }, 3, 0, 1, out _);
        byte[] file = PeftFormat.WriteWeights(classifier.Parameters);
        var served = new ServedAdapter(model, pooling, classifier.Adapter, classifier.Head, ["a", "b", "c"], 1);
        Assert.AreEqual(classifier.Parameters.Sum(p => p.Value.numel()) * sizeof(float), served.Bytes);
        Assert.IsLessThanOrEqualTo(file.Length, served.Bytes);
        served.Release();
        Assert.IsFalse(served.TryAddReference(), "It was freed with its last reference.");
    }

    private static BertModel TinyBertModel() => Models.TinyBert.Model();

    private static ServedAdapter Make(BertModel model, Pooling pooling, int number)
    {
        var options = new LoraOptions { Rank = 1 + number, Alpha = 3 + number };
        if (number > 0)
            options.TargetModules = number % 3 == 0 ? ["query", "value"] : number % 3 == 1 ? ["key", "intermediate.dense"] : ["all-linear"];
        LoraAdapter adapter = LoraInjector.Plan(model, options).Create((ulong)number);
        foreach (AdaptedPart part in adapter.Parts)
            ParameterValues.Write(part.B, [.. Enumerable.Range(0, (int)part.B.numel()).Select(i => 0.3f * MathF.Sin(i + number))]);
        using ClassifierHead head = ClassifierHead.Create(2 + number % 4, pooling.OutputSize, 0, (ulong)number, torch.CPU);
        ParameterValues.Write(head.Bias, [.. Enumerable.Range(0, head.Classes).Select(i => 0.1f * (i - number))]);
        using (adapter)
            return new ServedAdapter(model, pooling, adapter, head, [.. Enumerable.Range(0, head.Classes).Select(i => $"{i}")], 1);
    }

    private static void Check(string folder, JsonElement record)
    {
        string baseName = record.Text("base");
        BaseModel source = BaseModel.FromDirectory(PeftCase.BaseFolder(baseName));
        using BaseModelHandle handle = source.Acquire(ComputeType.Float32);
        using ClassifierHead head = PeftCase.BaseHead(baseName);
        var pooling = new Pooling(source.Pooling, handle.Model);
        string[] labels = [.. Enumerable.Range(0, head.Classes).Select(i => $"{i}")];
        var adapters = new Dictionary<string, ServedAdapter> { ["__base__"] = new(handle.Model, pooling, null, head, labels, 1) };
        foreach (string path in Directory.GetDirectories(Path.Combine(folder, "adapters")))
        {
            using LoraAdapter? adapter = PeftFormat.ReadFolder(path).Bind(handle.Model, pooling.OutputSize, out _);
            adapters.Add(Path.GetFileName(path), new ServedAdapter(handle.Model, pooling, adapter, head, labels, 1));
        }

        using var tensors = new GoldenTensors(Path.Combine(folder, "case.safetensors"));
        using var inputs = new GoldenTensors(Path.Combine(PeftCase.BaseFolder(baseName), "golden.safetensors"));
        PeftBatch batch = PeftBatch.Read(inputs, "in.");
        foreach ((string name, ServedAdapter adapter) in adapters)
            Compare($"logits.{name}", [.. batch.Rows.Select(_ => adapter)]);
        Compare("logits.mixed", [.. record.GetProperty("mixed_rows").EnumerateArray().Select(n => adapters[n.GetString()!])]);
        foreach (ServedAdapter adapter in adapters.Values)
            adapter.Release();

        void Compare(string name, ServedAdapter[] each)
        {
            float[][] logits = MixedForward.Logits(handle.Model, [.. batch.Rows.Select((row, i) => new AdaptedRow(row.Ids, row.TypeIds, each[i]))]);
            GoldenAssert.Near(tensors.Floats(name), logits.SelectMany(row => row).ToArray(), GoldenTolerances.PeftLogits, name);
        }
    }
}
