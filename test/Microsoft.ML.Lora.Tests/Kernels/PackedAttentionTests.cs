using Microsoft.ML.Lora.Kernels;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Kernels;

[TestClass]
public sealed class PackedAttentionTests
{
    private const int Heads = 2, Width = 64;

    /// <summary>float32: sums in another order. bfloat16: probabilities and products are rounded at other places; values reach 3.</summary>
    private static double Tolerance(ScalarType type) => type == ScalarType.Float32 ? 5e-6 : 5e-2;

    [TestMethod]
    [DataRow(ScalarType.Float32, true)]
    [DataRow(ScalarType.Float32, false)]
    [DataRow(ScalarType.BFloat16, true)]
    [DataRow(ScalarType.BFloat16, false)]
    public void VectorKernelEqualsStockOperators(ScalarType type, bool dropout)
    {
        using DisposeScope scope = NewDisposeScope();
        // Lengths below, at and above the 32 lanes, with and without a rest; short rows and long ones, which have different kernels.
        int[] lengths = [1, 5, 31, 32, 33, 70, ShortAttention.Longest(type), ShortAttention.Longest(type) + 1, 300], counts = [3, 2, 1, 2, 1, 1, 1, 1, 1];
        (List<AttentionBlock> blocks, int tokens) = Blocks(lengths, counts, dropout);
        Tensor upstream = DropoutAddNormTests.Values(3, type, tokens, Width);
        var results = new List<(float[] Output, float[] Gradient)>();
        foreach (bool stock in (bool[])[false, true])
        {
            Tensor qkv = DropoutAddNormTests.Values(4, type, tokens, 3 * Width).requires_grad_();
            Tensor y = stock ? PackedAttention.Stock(qkv, blocks, Heads, 0.2f) : PackedAttention.Apply(qkv, blocks, Heads, 0.2f);
            (y * upstream).sum().backward();
            results.Add((y.Floats(), qkv.grad!.Floats()));
        }

        HandedOver.Clear();
        TensorValues.AssertClose(results[1].Output, results[0].Output, Tolerance(type), "output");
        TensorValues.AssertClose(results[1].Gradient, results[0].Gradient, Tolerance(type), "gradient");
        using IDisposable noGrad = no_grad();
        CollectionAssert.AreEqual(results[0].Output,
            PackedAttention.Apply(DropoutAddNormTests.Values(4, type, tokens, 3 * Width), blocks, Heads, 0.2f).Floats(), "without a graph");
    }

    [TestMethod]
    [DataRow(ScalarType.Float32, true)]
    [DataRow(ScalarType.Float32, false)]
    [DataRow(ScalarType.BFloat16, true)]
    [DataRow(ScalarType.BFloat16, false)]
    public void FirstTokensAloneEqualTheWholeComputation(ScalarType type, bool dropout)
    {
        using DisposeScope scope = NewDisposeScope();
        int[] lengths = [1, 2, 33, 40, 7], counts = [2, 3, 1, 2, 1];
        (List<AttentionBlock> blocks, int tokens) = Blocks(lengths, counts, dropout);
        long[] first = [.. blocks.SelectMany(b => Enumerable.Range(0, b.Rows).Select(row => (long)b.FirstToken + (row * b.Length)))];
        Tensor at = tensor(first), upstream = DropoutAddNormTests.Values(3, type, first.Length, Width);

        // All rows by the kernel for short ones, by the batched products, both at once, and by stock operators.
        foreach (int? longest in (int?[])[null, 0, 33, -1])
        {
            var results = new List<(float[] Output, float[] Gradient)>();
            foreach (bool firstOnly in (bool[])[false, true])
            {
                Tensor qkv = DropoutAddNormTests.Values(4, type, tokens, 3 * Width).requires_grad_();
                Tensor y = longest == -1
                    ? PackedAttention.Stock(qkv, blocks, Heads, 0.2f, firstOnly)
                    : PackedAttention.Apply(qkv, blocks, Heads, 0.2f, longest, firstOnly);
                CollectionAssert.AreEqual(new long[] { firstOnly ? first.Length : tokens, Width }, y.shape);
                y = firstOnly ? y : y.index_select(0, at);
                (y * upstream).sum().backward();
                results.Add((y.Floats(), qkv.grad!.Floats()));
            }

            HandedOver.Clear();
            // libtorch's products may sum in another order for a matrix of one row.
            double tolerance = longest is null ? 0 : Tolerance(type);
            TensorValues.AssertClose(results[0].Output, results[1].Output, tolerance, $"output, {longest}");
            TensorValues.AssertClose(results[0].Gradient, results[1].Gradient, tolerance, $"gradient, {longest}");
        }
    }

    private static (List<AttentionBlock> Blocks, int Tokens) Blocks(int[] lengths, int[] counts, bool dropout)
    {
        List<AttentionBlock> blocks = [];
        int tokens = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            ulong[]? keys = dropout
                ? [.. Enumerable.Range(0, counts[i] * Heads * lengths[i]).Select(k => CounterRandom.Key(4, RandomStreams.Synthetic, (ulong)i, (ulong)k))]
                : null;
            blocks.Add(new AttentionBlock(tokens, counts[i], lengths[i], keys));
            tokens += counts[i] * lengths[i];
        }

        return (blocks, tokens);
    }
}
