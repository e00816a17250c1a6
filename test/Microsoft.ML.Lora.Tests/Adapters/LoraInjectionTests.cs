using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Tests.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Adapters;

[TestClass]
public sealed class LoraInjectionTests
{
    private static readonly TokenizedRow[] s_rows = [new([1, 5, 9, 2], null, 0), new([1, 7, 2], null, 1), new([3, 3, 8, 8, 2, 4], null, 2)];

    [TestMethod]
    public void FreshAdaptersChangeNotOneBit()
    {
        foreach (ComputeType type in new[] { ComputeType.Float32, ComputeType.BFloat16 })
        {
            using BertModel model = TinyTask.Model(type);
            using SequenceClassifier adapted = TinyTask.Classifier(model, new LoraOptions { TargetModulesPattern = "all-linear" });
            using SequenceClassifier bare = TinyTask.Classifier(model, LoraOptions.None);
            CollectionAssert.AreEqual(Score(bare), Score(adapted), $"{type}");
        }
    }

    [TestMethod]
    public void InitialNumbersFollowTheSeedAndTheStatedDistributions()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier first = TinyTask.Classifier(model, new LoraOptions { Rank = 16 }, seed: 1);
        using SequenceClassifier same = TinyTask.Classifier(model, new LoraOptions { Rank = 16 }, seed: 1);
        using SequenceClassifier other = TinyTask.Classifier(model, new LoraOptions { Rank = 16 }, seed: 2);
        Assert.AreEqual(TinyTask.Hash(first), TinyTask.Hash(same));
        Assert.AreNotEqual(TinyTask.Hash(first), TinyTask.Hash(other));
        double bound = 1 / Math.Sqrt(32); // kaiming_uniform with a = sqrt 5 over 32 inputs
        float[][] a = [.. first.Adapter!.Parts.Select(p => ParameterValues.Read(p.A))];
        Assert.IsTrue(a.All(values => values.All(x => Math.Abs(x) <= bound)));
        double[] all = [.. a.SelectMany(x => x).Select(x => (double)x)];
        Assert.AreEqual(bound * bound / 3, all.Average(x => x * x), 6 * bound * bound * Math.Sqrt(4.0 / 45 / all.Length));
        Assert.AreEqual(a.Length, a.Select(x => x[0]).Distinct().Count(), "layers differ");
        Assert.IsTrue(first.Adapter.Parts.All(p => ParameterValues.Read(p.B).All(x => x == 0)));
        Assert.IsTrue(ParameterValues.Read(first.Head.Bias).All(x => x == 0));
        Assert.AreEqual(0.02, Math.Sqrt(ParameterValues.Read(first.Head.Weight).Average(x => (double)x * x)), 0.006); // 96 numbers: four standard errors
    }

    [TestMethod]
    public void MergedEqualsUnmergedAndOnlyAdaptedMatricesAreCopied()
    {
        foreach (string[] targets in new[] { new[] { "query", "key", "value" }, new[] { "query", "value" }, new[] { "intermediate.dense", "pooler.dense" } })
        {
            using BertModel model = TinyTask.Model();
            string before = TinyTask.Hash(model);
            using SequenceClassifier classifier = TinyTask.Classifier(model, new LoraOptions { TargetModules = targets, Rank = 4, Alpha = 6 });
            Fill(classifier);
            using MergedAdapter merged = classifier.MergeForScoring()!;
            // design.md: merged equals unmerged within 1e-5 in float32; these logits are of the order of 1.
            GoldenAssert.Near(Score(classifier), Score(classifier, merged), 1e-5, string.Join(' ', targets));
            Assert.AreEqual(classifier.Adapter!.Parts.Sum(p => 4L * p.Module.InputFeatures * p.Module.OutputFeatures), merged.Bytes);
            using SequenceClassifier bare = TinyTask.Classifier(model, LoraOptions.None);
            if (!targets.Contains("pooler.dense"))
                CollectionAssert.AreNotEqual(Score(bare), Score(classifier), "the adapters do something");
            Assert.AreEqual(before, TinyTask.Hash(model));
        }
    }

    [TestMethod]
    public void EveryTargetMustMatchAndTheMessageListsWhatCould()
    {
        using BertModel model = TinyTask.Model();
        string message = Refused(model, new LoraOptions { TargetModules = ["query", "q_proj"] });
        StringAssert.Contains(message, "contains 'q_proj', which matches no layer");
        foreach (string name in new[] { "query (2)", "key (2)", "value (2)", "attention.output.dense (2)", "intermediate.dense (2)", "pooler.dense", "'bert.encoder.layer.0.attention.self.query'" })
            StringAssert.Contains(message, name);
        StringAssert.Contains(Refused(model, new LoraOptions { TargetModulesPattern = "query" }), "no layer of the base model is left"); // a pattern must match the whole path
        StringAssert.Contains(Refused(model, new LoraOptions { TargetModules = ["query"], ExcludeModulesPattern = ".*query" }), "is left");
        StringAssert.Contains(Refused(model, new LoraOptions { LayersToTransform = [1, 7] }), "contains 7; the targets have no such layer. The base model has 2 layers");
        StringAssert.Contains(Refused(model, new LoraOptions { RankPattern = new Dictionary<string, int> { ["vaule"] = 2 } }), "contains 'vaule', which matches no adapted layer");
    }

    [TestMethod]
    public void RanksMustFitTheLayer()
    {
        using BertModel model = TinyTask.Model();
        StringAssert.Contains(Refused(model, new LoraOptions { Rank = 0 }), "LoraOptions.Rank is 0; it must be at least 1");
        StringAssert.Contains(Refused(model, new LoraOptions { Rank = 33 }), "is 33 for 'bert.encoder.layer.0.attention.self.query' (6 layers like it), whose smaller side is 32");
        Assert.HasCount(6, LoraInjector.Plan(model, new LoraOptions { Rank = 32 }).Targets);
        StringAssert.Contains(Refused(model, new LoraOptions { RankPattern = new Dictionary<string, int> { ["value"] = 40 } }), "is 40 for 'bert.encoder.layer.0.attention.self.value'");
    }

    [TestMethod]
    public void PatternsChooseRankAndAlphaOfALayer()
    {
        using BertModel model = TinyTask.Model();
        InjectionPlan plan = LoraInjector.Plan(model, new LoraOptions
        {
            Rank = 4, Alpha = 8, UseRsLora = true,
            RankPattern = [new("layer\\.0\\..*value", 2), new("value", 9)],
            AlphaPattern = new Dictionary<string, double> { ["^bert\\.encoder\\.layer\\.1\\.attention\\.self\\.query"] = 3 },
        });
        AdaptedModule Module(string suffix) => plan.Targets.Single(t => t.Module.Module.EndsWith(suffix, StringComparison.Ordinal)).Module;
        Assert.AreEqual(2, Module("0.attention.self.value").Rank);
        Assert.AreEqual(9, Module("1.attention.self.value").Rank);
        Assert.AreEqual(4, Module("0.attention.self.query").Rank);
        Assert.AreEqual(8 / Math.Sqrt(9), Module("1.attention.self.value").Scaling, 1e-15);
        Assert.AreEqual(3 / Math.Sqrt(4), Module("1.attention.self.query").Scaling, 1e-15);
    }

    [TestMethod]
    public void AFolderWrittenAndReadBackIsTheSame()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model, new LoraOptions
        {
            Rank = 3, Alpha = 4.5, Dropout = 0.25, UseRsLora = true, TargetModules = ["query", "output.dense"], ExcludeModules = ["attention.output.dense"],
            LayersToTransform = [1], LayersPattern = ["layer"], RankPattern = [new("query", 2)], AlphaPattern = [new("query", 5)],
        });
        Fill(classifier);
        using var folder = new TemporaryFolder();
        PeftFormat.WriteFolder(folder.FullPath, classifier, "some/base");
        PeftAdapter file = PeftFormat.ReadFolder(folder.FullPath);
        Assert.AreEqual("some/base", file.Config.BaseModelName);
        Assert.IsEmpty(file.Config.UnknownKeys);
        using LoraAdapter adapter = file.Bind(model, 32, out InjectionPlan plan)!;
        using ClassifierHead head = file.CreateHead(0, TorchSharp.torch.CPU)!;
        CollectionAssert.AreEqual(LoraInjector.Plan(model, classifier.Options).Targets.Select(t => t.Module).ToArray(), plan.Targets.Select(t => t.Module).ToArray());
        using var read = new SequenceClassifier(model, classifier.Pooling, adapter, head);
        Assert.AreEqual(TinyTask.Hash(classifier), TinyTask.Hash(read));
        Assert.AreEqual(0.25, adapter.Options.Dropout);
        CollectionAssert.AreEqual(Score(classifier), Score(read));
        byte[] first = File.ReadAllBytes(Path.Combine(folder.FullPath, PeftFormat.WeightsFileName));
        CollectionAssert.AreEqual(first, PeftFormat.WriteWeights(read.Parameters));
    }

    [TestMethod]
    public void AllLinearIsWrittenAsPeftReadsIt()
    {
        using BertModel model = TinyTask.Model();
        foreach (LoraOptions options in new[] { new LoraOptions { TargetModules = ["all-linear"] }, new LoraOptions { TargetModulesPattern = "all-linear" } })
        {
            PeftConfig written = PeftConfig.Parse(PeftFormat.WriteConfig(options, model.DefaultTargetModules, true, null), "written");
            Assert.AreEqual("all-linear", written.Options.TargetModulesPattern);
            CollectionAssert.AreEqual(model.Slots.SelectMany(s => s.Parts).Select(p => "bert." + p.Path).ToArray(),
                LoraInjector.Plan(model, written.Options).Targets.Select(t => t.Module.Module).ToArray());
        }
    }

    [TestMethod]
    public void AHeadAloneIsWrittenAndReadToo()
    {
        using BertModel model = TinyTask.Model();
        using SequenceClassifier classifier = TinyTask.Classifier(model, LoraOptions.None);
        using var folder = new TemporaryFolder();
        PeftFormat.WriteFolder(folder.FullPath, classifier, null);
        PeftAdapter file = PeftFormat.ReadFolder(folder.FullPath);
        Assert.IsTrue(file.Config.Options.IsNone);
        Assert.AreEqual(TinyTask.Classes, file.Classes);
        Assert.IsNull(file.Bind(model, 32, out _));
    }

    private static string Refused(EncoderModel model, LoraOptions options) =>
        Assert.ThrowsExactly<ArgumentException>(() => LoraInjector.Plan(model, options)).Message;

    private static void Fill(SequenceClassifier classifier)
    {
        ulong i = 0;
        foreach (TrainableParameter parameter in classifier.Parameters)
        {
            float[] values = new float[parameter.Value.numel()];
            CounterRandom.FillNormal(CounterRandom.Key(4, RandomStreams.Synthetic, i++), 0.1f, values);
            ParameterValues.Write(parameter.Value, values);
        }
    }

    private static float[] Score(SequenceClassifier classifier, MergedAdapter? merged = null)
    {
        float[] logits = new float[s_rows.Length * classifier.Classes];
        classifier.Score(s_rows, merged, logits);
        return logits;
    }
}
