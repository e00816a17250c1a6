using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Training;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Training;

/// <summary>How a batch is cut and packed changes its gradient by rounding only, dropout included.</summary>
[TestClass]
public sealed class BatchIndependenceTests
{
    /// <summary>
    /// Relative to the largest entry of a tensor: sums of the same float32 numbers in another order. Dropout that moved with the packing would
    /// change gradients by their own size.
    /// </summary>
    private const double Tolerance = 1e-4;

    [TestMethod]
    [DataRow(int.MaxValue, false)]
    [DataRow(70, false)]
    [DataRow(1, false)]
    [DataRow(70, true)]
    [DataRow(1, true)]
    public void PartsAddUpToTheWholeBatch(int maxTokens, bool smoothed)
    {
        using BertModel model = TinyTask.Model();
        var options = new LoraOptions { Dropout = 0.2, TargetModulesPattern = "all-linear" };
        TrainingSet set = TinyTask.Rows(24, 1, weighted: true);
        int[] batch = [.. Enumerable.Range(0, 24)];
        var loss = new ClassificationLoss(TinyTask.Classes, [1, 0.5, 2], smoothed ? 0.1 : 0);
        (double wholeLoss, float[][] whole) = Gradients(model, options, set, batch, loss, int.MaxValue);
        (double loss2, float[][] parts) = Gradients(model, options, set, maxTokens == int.MaxValue ? [.. batch.Reverse()] : batch, loss, maxTokens);
        Assert.AreEqual(wholeLoss, loss2, Tolerance);
        for (int i = 0; i < whole.Length; i++)
            GoldenAssert.Near(whole[i], parts[i], Tolerance * whole[i].Max(Math.Abs), $"gradient {i}");
        Assert.IsTrue(whole.Skip(1).Any(g => g.Max(Math.Abs) > 1e-4), "there is something to compare");
    }

    [TestMethod]
    public void BFloat16GradientsPointWhereFloat32Ones()
    {
        using BertModel exact = TinyTask.Model(), rounded = TinyTask.Model(ComputeType.BFloat16);
        TrainingSet set = TinyTask.Rows(32, 1);
        int[] batch = [.. Enumerable.Range(0, 32)];
        var loss = new ClassificationLoss(TinyTask.Classes);
        var options = new LoraOptions { Dropout = 0.1 };
        (double exactLoss, float[][] a) = Gradients(exact, options, set, batch, loss, int.MaxValue);
        (double roundedLoss, float[][] b) = Gradients(rounded, options, set, batch, loss, int.MaxValue);
        Assert.AreEqual(exactLoss, roundedLoss, 0.02 * exactLoss);
        double dot = 0, aa = 0, bb = 0;
        foreach ((float x, float y) in a.SelectMany(g => g).Zip(b.SelectMany(g => g)))
            (dot, aa, bb) = (dot + (double)x * y, aa + (double)x * x, bb + (double)y * y);
        // The same dropout, 8 bits of mantissa: directions agree; with other masks the cosine is far below this.
        Assert.IsGreaterThan(0.995, dot / Math.Sqrt(aa * bb));
    }

    [TestMethod]
    public void ARowOfWeightZeroIsNotThere()
    {
        using BertModel model = TinyTask.Model();
        var set = new TrainingSet(TinyTask.Classes);
        set.Add([1, 5, 6, 7], [], 0);
        set.Add([2, 9, 8], [], 1);
        set.Add([3, 30, 31, 32, 33], [], 2, 0);
        var loss = new ClassificationLoss(TinyTask.Classes);
        (double with, float[][] a) = Gradients(model, new LoraOptions(), set, [0, 1, 2], loss, int.MaxValue);
        (double without, float[][] b) = Gradients(model, new LoraOptions(), set, [0, 1], loss, int.MaxValue);
        Assert.AreEqual(without, with, 1e-6);
        for (int i = 0; i < a.Length; i++)
            GoldenAssert.Near(b[i], a[i], Tolerance * Math.Max(1e-6, b[i].Max(Math.Abs)), $"gradient {i}");
    }

    [TestMethod]
    public void DropoutChangesWithTheStepAndOnlyInTraining()
    {
        using BertModel model = TinyTask.Model(dropout: 0);
        using SequenceClassifier classifier = TinyTask.Classifier(model, new LoraOptions { Dropout = 0.5 }, headDropout: 0);
        foreach (AdaptedPart part in classifier.Adapter!.Parts)
            ParameterValues.Write(part.B, [.. Enumerable.Repeat(0.1f, (int)part.B.numel())]);
        TokenizedRow[] rows = [new TokenizedRow([1, 2, 3, 4], null, 7), new TokenizedRow([4, 3, 2, 9, 8], null, 8)];
        float[] first = Logits(1, true), again = Logits(1, true), next = Logits(2, true), scored = Logits(1, false), rescored = Logits(2, false);
        CollectionAssert.AreEqual(first, again);
        CollectionAssert.AreNotEqual(first, next);
        CollectionAssert.AreNotEqual(first, scored);
        CollectionAssert.AreEqual(scored, rescored);

        float[] Logits(long step, bool training)
        {
            using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
            using IDisposable noGradient = TorchSharp.torch.no_grad();
            using PackedBatch batch = PackedBatch.Create(rows);
            return classifier.Logits(new ForwardContext { Batch = batch, Training = training, Step = step, Seed = 1, Adapters = classifier.Adapter }).Floats();
        }
    }

    [TestMethod]
    public void LikeLengthBatchesHoldEveryRowOnceAndDifferByEpoch()
    {
        TrainingSet set = TinyTask.Rows(100, 1);
        foreach (BatchComposition composition in Enum.GetValues<BatchComposition>())
        {
            var options = new TrainingOptions { BatchSize = 16, BatchComposition = composition };
            IReadOnlyList<int[]> first = BatchPlan.Epoch(set, options, 1, 0), second = BatchPlan.Epoch(set, options, 1, 1);
            CollectionAssert.AreEqual(Enumerable.Range(0, 100).ToArray(), first.SelectMany(b => b).Order().ToArray());
            Assert.HasCount(7, first);
            CollectionAssert.AreNotEqual(first.SelectMany(b => b).ToArray(), second.SelectMany(b => b).ToArray());
            double spread = first.Average(b => b.Max(set.Length) - b.Min(set.Length));
            Assert.AreEqual(composition == BatchComposition.LikeLength, spread < 4, $"{composition}: {spread}");
        }
    }

    [TestMethod]
    public void BalancedSamplingDrawsEveryClassAlike()
    {
        var set = new TrainingSet(4); // the last class has no row
        for (int i = 0; i < 3000; i++)
            set.Add([1, 2], [], i < 30 ? 0 : i < 300 ? 1 : 2);
        int[] drawn = [.. BatchPlan.Epoch(set, new TrainingOptions { BalanceSampling = true }, 1, 0).SelectMany(b => b)];
        Assert.HasCount(3000, drawn);
        for (int c = 0; c < 3; c++)
            Assert.AreEqual(1000, drawn.Count(i => set.Label(i) == c), 6 * Math.Sqrt(3000 * 2 / 9.0));
        Assert.HasCount(30, drawn.Where(i => set.Label(i) == 0).Distinct());
        CollectionAssert.AreNotEqual(drawn, BatchPlan.Epoch(set, new TrainingOptions { BalanceSampling = true }, 1, 1).SelectMany(b => b).ToArray());
    }

    [TestMethod]
    public void EmbeddingNoiseIsBoundedAndFollowsTheExample()
    {
        TokenizedRow[] rows = [new TokenizedRow([1, 2, 3, 4], null, 7), new TokenizedRow([4, 3, 2, 9, 8, 1, 1, 1, 1], null, 8)];
        float[] Noise(params TokenizedRow[] part)
        {
            using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
            using PackedBatch batch = PackedBatch.Create(part);
            return EmbeddingNoise.Create(new ForwardContext { Batch = batch, Training = true, EmbeddingNoise = 5 }, 32).Floats();
        }

        float[] both = Noise(rows);
        CollectionAssert.AreEqual(both[(4 * 32)..], Noise(rows[1]));
        float bound = 5 / MathF.Sqrt(4 * 32);
        Assert.IsTrue(both.Take(4 * 32).All(x => Math.Abs(x) <= bound));
        Assert.IsGreaterThan(0.8f * bound, both.Take(4 * 32).Max(Math.Abs));
        Assert.IsLessThanOrEqualTo(5 / MathF.Sqrt(9 * 32), both.Skip(4 * 32).Max(Math.Abs));
    }

    private static (double Loss, float[][] Gradients) Gradients(BertModel model, LoraOptions options, TrainingSet set, int[] batch, ClassificationLoss loss, int maxTokens)
    {
        using SequenceClassifier classifier = TinyTask.Classifier(model, options);
        foreach (AdaptedPart part in classifier.Adapter!.Parts) // B is not zero, so that A has a gradient too
            ParameterValues.Write(part.B, [.. Enumerable.Range(0, (int)part.B.numel()).Select(i => 0.05f * (i % 7 - 3))]);
        ClassifierOptimizer optimizer = ClassifierOptimizer.Create(classifier.Parameters, new TrainingOptions(), 10);
        (double sum, double divisor) = new TrainingStep(classifier, loss, 9, maxTokens).Run(set, batch, 4, default);
        optimizer.CollectGradients();
        return (sum / divisor, [.. optimizer.Gradients.Select(g => (float[])g.Clone())]);
    }
}
