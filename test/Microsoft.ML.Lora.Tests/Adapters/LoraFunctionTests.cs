using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Adapters;

[TestClass]
public sealed class LoraFunctionTests
{
    /// <summary>Both compute the same products of numbers of the order of 1, in another order: a few float32 roundings.</summary>
    private const double Tolerance = 2e-5;

    [TestMethod]
    [DataRow(0f, true)]
    [DataRow(0.25f, true)]
    [DataRow(0.25f, false)]
    public void TheNodeEqualsWhatAutogradMakesOfTheFormula(float dropout, bool inputNeedsGradient)
    {
        using DisposeScope scope = NewDisposeScope();
        using LinearSlot slot = new(0, [("query", Random(1, 6, 10), Random(2, 6)), ("key", Random(3, 4, 10), Random(4, 4)), ("value", Random(5, 8, 10), Random(6, 8))]);
        // The key has no adapter; ranks differ; scaling is not 1.
        AdaptedPart[] parts =
        [
            new(new AdaptedModule("query", 3, 6, 2, 10, 6), 0, Leaf(7, 3, 10), Leaf(8, 6, 3)),
            new(new AdaptedModule("value", 2, 3, 1.5, 10, 8), 10, Leaf(9, 2, 10), Leaf(10, 8, 2)),
        ];
        ulong[]? keys = dropout == 0 ? null : [.. Enumerable.Range(0, 7).Select(i => CounterRandom.Key(11, (ulong)i))];
        Tensor g = Random(12, 7, 18);

        Tensor x1 = Random(13, 7, 10).requires_grad_(inputNeedsGradient);
        Tensor y1 = LoraFunction.Apply(x1, new LoraFunction.Settings(slot, parts, keys, dropout, inputNeedsGradient));
        (y1 * g).sum().backward();
        HandedOver.Clear();
        float[][] ours = Take(parts, x1);

        Tensor x2 = Random(13, 7, 10).requires_grad_(inputNeedsGradient);
        Tensor mask = keys is null ? ones(7, 10) : DropoutMask.Create(keys, 10, dropout, DropoutMask.KeptScale(dropout), ScalarType.Float32);
        Tensor y2 = LoraMath.Forward(nn.functional.linear(x2, slot.Weight, slot.Bias), x2 * mask,
            LoraMath.StackA(parts, ScalarType.Float32), LoraMath.BlockB(parts, 18, ScalarType.Float32));
        (y2 * g).sum().backward();
        float[][] theirs = Take(parts, x2);

        GoldenAssert.Near(y2.Floats(), y1.Floats(), Tolerance, "output");
        Assert.AreEqual(inputNeedsGradient ? 5 : 4, ours.Length);
        for (int i = 0; i < ours.Length; i++)
        {
            GoldenAssert.Near(theirs[i], ours[i], Tolerance, $"gradient {i}");
            Assert.IsGreaterThan(0.1f, ours[i].Max(Math.Abs));
        }

        foreach (AdaptedPart part in parts)
            part.Dispose();
    }

    private static float[][] Take(AdaptedPart[] parts, Tensor x)
    {
        var all = new List<float[]>();
        foreach (Tensor leaf in parts.SelectMany(p => new[] { p.A, p.B }))
        {
            all.Add(leaf.grad!.Floats());
            leaf.grad!.fill_(0);
        }

        if (x.requires_grad)
            all.Add(x.grad!.Floats());
        return [.. all];
    }

    private static Tensor Random(ulong seed, params long[] shape)
    {
        float[] values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        CounterRandom.FillNormal(CounterRandom.Key(seed, RandomStreams.Synthetic), 1, values);
        return TensorValues.FromFloats(values, shape).DetachFromDisposeScope();
    }

    private static Tensor Leaf(ulong seed, params long[] shape) => Random(seed, shape).requires_grad_(true);
}
