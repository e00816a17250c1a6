using System.Globalization;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Tests.Processes;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Training;

/// <summary>Layers that are computed again in backward: the same bits in less memory.</summary>
[TestClass]
public sealed class RecomputeTests
{
    /// <summary>A child process that takes training steps and prints its peak memory in MiB: <c>step-memory RECOMPUTE</c>.</summary>
    public const string MemoryRole = "step-memory";

    public required TestContext TestContext { get; set; }

    [TestMethod]
    [DataRow(ComputeType.Float32, "all-linear", 0.1f)]
    [DataRow(ComputeType.BFloat16, "all-linear", 0.1f)]
    [DataRow(ComputeType.Float32, @".*\.1\..*query", 0f)] // nothing is trained in the first layer
    public void TheSameBitsWithAndWithout(ComputeType type, string targets, float dropout)
    {
        using BertModel model = TinyTask.Model(type, dropout);
        Assert.AreEqual(Train(false), Train(true));
        // Without adapters there is nothing to compute again.
        Assert.AreEqual(Train(false, frozen: true), Train(true, frozen: true));

        string Train(bool recompute, bool frozen = false)
        {
            using SequenceClassifier classifier = TinyTask.Classifier(model, frozen ? LoraOptions.None : new LoraOptions { TargetModulesPattern = targets });
            TrainingResult result = TinyTask.Train(classifier, TinyTask.Rows(64, 1, weighted: true),
                new TrainingOptions { MaxEpochs = 2, BatchSize = 16, MaxTokensPerBatch = 150, LearningRate = 5e-3, RecomputeActivations = recompute });
            return $"{TinyTask.Hash(classifier)} {string.Join(' ', result.History.Epochs.Select(e => e.TrainingLoss))}";
        }
    }

    [TestMethod]
    public void NoTensorOutlivesTheStep()
    {
        using BertModel model = TinyTask.Model();
        Train();
        long before = TorchSharp.torch.Tensor.TotalCount;
        Train();
        Assert.AreEqual(before, TorchSharp.torch.Tensor.TotalCount);

        void Train()
        {
            using SequenceClassifier classifier = TinyTask.Classifier(model);
            TinyTask.Train(classifier, TinyTask.Rows(40, 1), new TrainingOptions { MaxEpochs = 1, BatchSize = 16, RecomputeActivations = true });
        }
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void TakesAFractionOfTheMemory()
    {
        double with = Peak(true), without = Peak(false);
        TestContext.WriteLine($"peak of a process: {without:F0} MiB, recomputing {with:F0} MiB");
        Assert.IsLessThan(without - 150, with);

        static double Peak(bool recompute) =>
            double.Parse(ChildProcess.Run(MemoryRole, recompute.ToString()).Trim(), CultureInfo.InvariantCulture);
    }

    public static void MeasureMemoryAsChild(string[] args)
    {
        var config = new ModelConfig
        {
            ModelType = "bert",
            HiddenSize = 64,
            Layers = 12,
            Heads = 4,
            IntermediateSize = 256,
            VocabSize = 200,
            MaxPositions = 128,
            TypeVocabSize = 2,
            HiddenAct = "gelu",
            LayerNormEps = 1e-12,
            HiddenDropout = 0.1f,
            AttentionDropout = 0.1f,
            ClassifierDropout = 0.1f,
            InitializerRange = 0.02f,
            PadTokenId = 0,
        };
        using var model = new BertModel(config, new SyntheticWeights(config, new BertFamily().Tensors(config), 3), ComputeType.Float32);
        using SequenceClassifier classifier = TinyTask.Classifier(model);
        var rows = new TrainingSet(TinyTask.Classes);
        for (int i = 0; i < 32; i++)
            rows.Add(Enumerable.Range(0, 128).Select(t => (i + t) % 200).ToArray(), [], i % TinyTask.Classes);
        var step = new TrainingStep(classifier, new ClassificationLoss(TinyTask.Classes), 1, int.MaxValue, recompute: bool.Parse(args[0]));
        step.Run(rows, [.. Enumerable.Range(0, rows.Count)], 0, default);
        string peak = File.ReadLines("/proc/self/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        Console.WriteLine((double.Parse(peak.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024).ToString(CultureInfo.InvariantCulture));
    }
}
