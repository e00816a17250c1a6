using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Models;

/// <summary>Where the head reads each row's first token only, the last layer computes no other, and nothing else changes.</summary>
[TestClass]
public sealed class FirstTokensTests
{
    private static readonly int[] s_lengths = [3, 9, 1, 9, 30, 4, 12, 3, 1, 17];

    [TestMethod]
    [DataRow(PoolingMode.Pooler, false)]
    [DataRow(PoolingMode.Pooler, true)]
    [DataRow(PoolingMode.Cls, false)]
    public void TrainingStepsAreThoseOfTheWholeComputation(PoolingMode mode, bool recompute)
    {
        using BertModel model = TinyBert.Model();
        var pooling = new Pooling(new PoolingSettings(mode), model);
        (double loss, float[][] gradients) = Step(model, pooling, recompute);
        (double wholeLoss, float[][] wholeGradients) = Step(model, new WholePooling(pooling), recompute);
        Assert.AreEqual(wholeLoss, loss, 1e-5);
        for (int i = 0; i < gradients.Length; i++)
            GoldenAssert.Near(wholeGradients[i], gradients[i], GoldenTolerances.ModelFloat32, $"gradient {i}");
        Assert.IsGreaterThan(1e-4f, gradients.SelectMany(g => g).Max(Math.Abs));
    }

    [TestMethod]
    public void ScoresAreThoseOfTheWholeComputation()
    {
        using BertModel model = TinyBert.Model();
        var pooling = new Pooling(new PoolingSettings([PoolingMode.Cls, PoolingMode.Pooler], false), model);
        GoldenAssert.Near(Scores(new WholePooling(pooling)), Scores(pooling), GoldenTolerances.ModelFloat32, "scores");

        float[] Scores(IPooling used)
        {
            using SequenceClassifier classifier = SequenceClassifier.Create(model, used, new LoraOptions(), 3, 0, 1, out _);
            float[] scores = new float[3 * s_lengths.Length];
            classifier.Score(TinyBert.Rows(s_lengths), null, scores);
            return scores;
        }
    }

    [TestMethod]
    [DataRow(PoolingMode.Cls, true)]
    [DataRow(PoolingMode.Mean, false)]
    public void TheLastLayerComputesWhatIsRead(PoolingMode mode, bool rowsOnly)
    {
        using BertModel model = TinyBert.Model();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using PackedBatch batch = PackedBatch.Create(TinyBert.Rows(s_lengths));
        var seen = new SlotSizes();
        var context = new ForwardContext { Batch = batch, Adapters = seen };
        var pooling = new Pooling(new PoolingSettings(mode), model);
        pooling.Pool(model.Forward(context, pooling.FirstTokensOnly), context);
        Assert.AreEqual(s_lengths.Sum(), seen.Of("encoder.layer.0.output.dense"));
        Assert.AreEqual(rowsOnly ? s_lengths.Length : s_lengths.Sum(), seen.Of("encoder.layer.1.attention.output.dense"));
        Assert.AreEqual(rowsOnly ? s_lengths.Length : s_lengths.Sum(), seen.Of("encoder.layer.1.output.dense"));
    }

    private static (double Loss, float[][] Gradients) Step(BertModel model, IPooling pooling, bool recompute)
    {
        using SequenceClassifier classifier = SequenceClassifier.Create(
            model, pooling, new LoraOptions { TargetModulesPattern = "all-linear", Dropout = 0.1 }, 3, 0.1, 1, out _);
        for (int i = 0; i < classifier.Parameters.Count; i++)
        {
            // B starts at zero, and then A has no gradient.
            float[] values = ParameterValues.Read(classifier.Parameters[i].Value);
            ParameterValues.Write(classifier.Parameters[i].Value, Array.ConvertAll(values, v => v == 0 ? 0.05f : v));
        }

        var set = new TrainingSet(3);
        foreach (TokenizedRow row in TinyBert.Rows(s_lengths))
            set.Add(row.Ids, row.TypeIds, row.Ids.Length % 3);
        (double sum, double divisor) = new TrainingStep(classifier, new ClassificationLoss(3), 5, 1000, recompute: recompute)
            .Run(set, [.. Enumerable.Range(0, s_lengths.Length)], 0, CancellationToken.None);
        return (sum / divisor, [.. classifier.Parameters.Select(p => p.Value.grad?.Floats() ?? [] /* the pooler, where nothing reads it */)]);
    }

    /// <summary>The same pooling that does not say what it reads.</summary>
    private sealed class WholePooling(IPooling inner) : IPooling
    {
        public int OutputSize => inner.OutputSize;

        public bool FirstTokensOnly => false;

        public Tensor Pool(Tensor hidden, ForwardContext context) => inner.Pool(hidden, context);
    }

    /// <summary>Adapts nothing, and notes how many vectors each slot is given.</summary>
    private sealed class SlotSizes : ISlotAdapters
    {
        private readonly Dictionary<string, long> _sizes = [];

        public long Of(string path) => _sizes[path];

        public bool Covers(LinearSlot slot) => true;

        public Tensor Forward(LinearSlot slot, Tensor x, ForwardContext context)
        {
            _sizes[slot.Parts[0].Path] = x.shape[0];
            return slot.BaseForward(x, context);
        }
    }
}
