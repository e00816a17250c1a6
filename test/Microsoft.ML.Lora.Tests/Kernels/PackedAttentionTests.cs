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
        int[] lengths = [1, 5, 31, 32, 33, 70, ShortAttention.Longest(type), ShortAttention.Longest(type) + 1, 600], counts = [3, 2, 1, 2, 1, 1, 1, 1, 1];
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
            double tolerance = longest is null && VectorKernels.Available ? 0 : Tolerance(type);
            TensorValues.AssertClose(results[0].Output, results[1].Output, tolerance, $"output, {longest}");
            TensorValues.AssertClose(results[0].Gradient, results[1].Gradient, tolerance, $"gradient, {longest}");
        }
    }

    [TestMethod]
    [DataRow(ScalarType.Float32, 32, true)]
    [DataRow(ScalarType.Float32, 64, false)]
    [DataRow(ScalarType.Float32, 96, true)]
    [DataRow(ScalarType.Float32, 128, true)]
    [DataRow(ScalarType.BFloat16, 32, false)]
    [DataRow(ScalarType.BFloat16, 64, true)]
    [DataRow(ScalarType.BFloat16, 96, true)]
    [DataRow(ScalarType.BFloat16, 128, false)]
    public void KernelForShortRowsEqualsStockOperatorsForAllSizes(ScalarType type, int size, bool dropout)
    {
        using DisposeScope scope = NewDisposeScope();
        // All rests of rows by four and six, one block of queries and several, with a full last one and not.
        int[] lengths = [1, 2, 3, 5, 8, 9, 10, 16, 17, 31, 33, 64, 65, 127, 128, 200], counts = [2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1];
        (List<AttentionBlock> blocks, int tokens) = Blocks(lengths, counts, dropout);
        Tensor values = DropoutAddNormTests.Values(4, type, tokens, 3 * Heads * size), upstream = DropoutAddNormTests.Values(3, type, tokens, Heads * size);
        var results = new List<(float[] Output, float[] Gradient)>();
        foreach (bool stock in (bool[])[false, true])
        {
            // The kernel computes in float32 whatever the type, and rounds once: so the operators it is held to compute in float32 too.
            Tensor qkv = (stock ? values.to(ScalarType.Float32) : values).clone().requires_grad_();
            Tensor y = stock ? PackedAttention.Stock(qkv, blocks, Heads, 0.2f) : PackedAttention.Apply(qkv, blocks, Heads, 0.2f, int.MaxValue);
            (y * upstream).sum().backward();
            results.Add((y.Floats(), qkv.grad!.Floats()));
        }

        HandedOver.Clear();
        AssertRounded(results[1].Output, results[0].Output, "output");
        AssertRounded(results[1].Gradient, results[0].Gradient, "gradient");

        void AssertRounded(float[] expected, float[] actual, string what)
        {
            float[] rounded = type == ScalarType.Float32 ? actual : [.. actual.Zip(expected, (a, e) => MathF.Abs(a - e) <= MathF.Abs(e) / 256 ? e : a)];
            TensorValues.AssertClose(expected, rounded, Tolerance(ScalarType.Float32), what);
        }
    }

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void RowsHaveTheSameBitsInEveryBatch(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        (List<AttentionBlock> blocks, int tokens) = Blocks([7, 33, 70], [3, 2, 1], dropout: true);
        Tensor qkv = DropoutAddNormTests.Values(4, type, tokens, 3 * Width), upstream = DropoutAddNormTests.Values(3, type, tokens, Width);
        (float[] output, float[] gradient) = Run(blocks, 0, tokens);
        foreach (AttentionBlock block in blocks)
        {
            for (int row = 0; row < block.Rows; row++)
            {
                int first = block.FirstToken + (row * block.Length), keys = Heads * block.Length;
                AttentionBlock alone = new(0, 1, block.Length, block.Keys![(row * keys)..((row + 1) * keys)]);
                (float[] rowOutput, float[] rowGradient) = Run([alone], first, block.Length);
                CollectionAssert.AreEqual(output[(first * Width)..((first + block.Length) * Width)], rowOutput);
                CollectionAssert.AreEqual(gradient[(first * 3 * Width)..((first + block.Length) * 3 * Width)], rowGradient);
            }
        }

        (float[] Output, float[] Gradient) Run(IReadOnlyList<AttentionBlock> rows, int first, int count)
        {
            Tensor leaf = qkv.narrow(0, first, count).clone().requires_grad_();
            Tensor y = PackedAttention.Apply(leaf, rows, Heads, 0.2f, int.MaxValue);
            (y * upstream.narrow(0, first, count)).sum().backward();
            HandedOver.Clear();
            return (y.Floats(), leaf.grad!.Floats());
        }
    }

    [TestMethod]
    public void ExtremeScoresAreExactAndNaNStaysInItsRow()
    {
        using DisposeScope scope = NewDisposeScope();
        (List<AttentionBlock> blocks, _) = Blocks([4], [3], dropout: false);
        // The first row's scores differ by thousands, so each query sees the one key it equals; in the second row one key is NaN.
        Tensor qkv = zeros(12, 3 * Width);
        for (int token = 0; token < 4; token++)
        {
            qkv[token, token] = 200f;
            qkv[token, Width + token] = 200f;
        }

        qkv[5, Width] = float.NaN;
        qkv.narrow(1, 2 * Width, Width).copy_(DropoutAddNormTests.Values(5, ScalarType.Float32, 12, Width));
        Tensor value = qkv.narrow(1, 2 * Width, Width).clone();
        float[] result = PackedAttention.Apply(qkv, blocks, Heads, 0).Floats();
        for (int channel = 0; channel < Width / Heads; channel++)
        {
            for (int token = 0; token < 4; token++)
            {
                Assert.AreEqual(value[token, channel].item<float>(), result[(token * Width) + channel], 1e-6);
                Assert.IsTrue(float.IsNaN(result[((4 + token) * Width) + channel]));
            }

            Assert.AreEqual(value.narrow(0, 8, 4).select(1, channel).mean().item<float>(), result[(8 * Width) + channel], 1e-6);
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
