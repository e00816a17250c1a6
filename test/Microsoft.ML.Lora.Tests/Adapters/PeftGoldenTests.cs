using System.Text.Json;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Adapters;

/// <summary>Adapters that PEFT wrote, on the base it wrote them for: forward, counts, names, merged weights.</summary>
[TestClass]
public sealed class PeftGoldenTests
{
    public required TestContext TestContext { get; set; }

    [TestMethod]
    public void RecordedAdapters()
    {
        var run = new GoldenRun(TestContext, "peft/cases");
        foreach (string folder in GoldenFiles.Folders("peft", "cases"))
        {
            string name = Path.GetFileName(folder);
            JsonElement record = GoldenJson.Load(Path.Combine(folder, "case.json"));
            string baseName = record.Text("base");
            if (PeftCase.UnsupportedBase(baseName) is { } unsupported)
                run.LeaveOut(name, unsupported);
            else if (PeftCase.Unsupported(folder) is { } why)
                run.LeaveOut(name, why);
            else if (record.GetProperty("adapted").EnumerateArray().FirstOrDefault(a => a.Text("base_layer") != "Linear") is { ValueKind: not JsonValueKind.Undefined } other)
                run.LeaveOut(name, $"adapts '{other.Text("module")}', a layer of kind {other.Text("base_layer")}: {Refusal(folder, baseName)}");
            else
                run.Case(name, () => Check(folder, baseName, record));
        }

        run.Finish();
    }

    /// <summary>A layer that cannot be adapted must be refused, never passed over.</summary>
    private static string Refusal(string folder, string baseName) =>
        Assert.ThrowsExactly<LoraFormatException>(() => PeftCase.Open(folder, baseName)).Message;

    private static void Check(string folder, string baseName, JsonElement record)
    {
        using PeftCase peft = PeftCase.Open(folder, baseName);
        using var tensors = new GoldenTensors(Path.Combine(folder, "case.safetensors"));
        using var baseTensors = new GoldenTensors(Path.Combine(PeftCase.BaseFolder(baseName), "golden.safetensors"));
        PeftBatch batch = PeftBatch.Read(baseTensors, "in.");

        CheckPlan(peft, record);
        float[] logits = peft.Score(batch.Rows);
        GoldenAssert.Near(tensors.Floats("logits"), logits, GoldenTolerances.PeftLogits, "logits");
        GoldenAssert.Near(tensors.Floats("logits.f64"), logits, GoldenTolerances.PeftLogits, "logits against float64");
        GoldenAssert.Near(record.Number("loss"), Loss(logits, batch.Labels), GoldenTolerances.PeftLoss, "loss");

        using MergedAdapter merged = peft.Classifier.MergeForScoring()!;
        float[] mergedLogits = peft.Score(batch.Rows, merged);
        GoldenAssert.Near(tensors.Floats(tensors.Has("logits_merged") ? "logits_merged" : "logits"), mergedLogits, GoldenTolerances.PeftMergedLogits, "merged logits");
        CheckMergedWeights(peft, merged, tensors);

        // Without its adapters the model is the base, with whatever head the file brought.
        using ClassifierHead head = PeftCase.BaseHead(baseName);
        using var bare = new SequenceClassifier(peft.Model, peft.Classifier.Pooling, null, head);
        float[] bareLogits = new float[logits.Length];
        bare.Score(batch.Rows, null, bareLogits);
        GoldenAssert.Near(baseTensors.Floats("logits"), bareLogits, GoldenTolerances.PeftLogits, "logits of the base");
    }

    private static void CheckPlan(PeftCase peft, JsonElement record)
    {
        JsonElement[] adapted = record.GetProperty("adapted").EnumerateArray().ToArray();
        IReadOnlyList<InjectionPlan.Target> targets = peft.Plan.Targets;
        CollectionAssert.AreEqual(adapted.Select(a => a.Text("module")).ToArray(), targets.Select(t => t.Module.Module).ToArray());
        for (int i = 0; i < adapted.Length; i++)
        {
            AdaptedModule module = targets[i].Module;
            Assert.AreEqual(adapted[i].GetProperty("r").GetInt32(), module.Rank, module.Module);
            Assert.AreEqual(adapted[i].Number("alpha"), module.Alpha, module.Module);
            Assert.AreEqual(adapted[i].Number("scaling"), module.Scaling, 1e-15 * module.Scaling, module.Module);
            CollectionAssert.AreEqual(adapted[i].GetProperty("base_weight_shape").Ints(), new[] { module.OutputFeatures, module.InputFeatures }, module.Module);
        }

        long head = peft.Classifier.Head.Parameters.Sum(p => p.Value.numel());
        InjectionReport report = peft.Plan.Report(head, peft.Config.SavesHead);
        Assert.AreEqual(record.GetProperty("trainable_params").GetInt64(), report.TrainableParameters);
        Assert.AreEqual(record.GetProperty("all_params").GetInt64(), report.AllParameters);
        Assert.AreEqual(record.Text("print_trainable_parameters"), report.ToString());

        var ours = peft.Classifier.Parameters.Where(p => peft.Config.SavesHead || p.Kind != ParameterKind.Head).ToArray();
        JsonElement[] trainable = record.GetProperty("trainable").EnumerateArray().ToArray();
        CollectionAssert.AreEqual(trainable.Select(t => PeftCase.FileKey(t.Text("name"))).ToArray(), ours.Select(p => p.Name).ToArray());
        for (int i = 0; i < ours.Length; i++)
            CollectionAssert.AreEqual(trainable[i].GetProperty("shape").Ints(), ours[i].Value.shape.Select(d => (int)d).ToArray(), ours[i].Name);
        CollectionAssert.AreEquivalent(record.GetProperty("saved_tensors").EnumerateObject().Select(p => p.Name).ToArray(), ours.Select(p => p.Name).ToArray());

        CheckStrictPlan(peft, targets);
    }

    /// <summary>The user's own path to the same plan, which also refuses ranks that add nothing.</summary>
    private static void CheckStrictPlan(PeftCase peft, IReadOnlyList<InjectionPlan.Target> targets)
    {
        if (targets.Any(t => t.Module.Rank > Math.Min(t.Part.InFeatures, t.Part.OutFeatures)))
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => LoraInjector.Plan(peft.Model, peft.Config.Options)).Message, "a rank above that adds nothing");
        else
            CollectionAssert.AreEqual(targets.Select(t => t.Module).ToArray(), LoraInjector.Plan(peft.Model, peft.Config.Options).Targets.Select(t => t.Module).ToArray());
    }

    private static void CheckMergedWeights(PeftCase peft, MergedAdapter merged, GoldenTensors tensors)
    {
        foreach (string name in tensors.Names.Where(n => n.StartsWith("merged.", StringComparison.Ordinal) && n.EndsWith(".weight", StringComparison.Ordinal)))
        {
            string module = name["merged.".Length..^".weight".Length];
            InjectionPlan.Target target = peft.Plan.Targets.Single(t => t.Module.Module == module);
            using TorchSharp.torch.Tensor weight = merged.WeightOf(target.Slot, target.PartIndex)!;
            GoldenAssert.Near(tensors.Floats(name), weight.Floats(), GoldenTolerances.PeftMergedWeights, name);
            if (target.Part.Bias is { } bias && tensors.Has($"merged.{module}.bias"))
                GoldenAssert.Near(tensors.Floats($"merged.{module}.bias"), bias.Floats(), 0, $"bias of {module}");
        }
    }

    private static double Loss(float[] logits, int[] labels)
    {
        int classes = logits.Length / labels.Length;
        var loss = new ClassificationLoss(classes);
        double[] gradient = new double[classes];
        return labels.Select((y, i) => loss.Row(logits.Skip(i * classes).Take(classes).Select(x => (double)x).ToArray(), y, 1, gradient)).Average();
    }
}
