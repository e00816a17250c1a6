using Microsoft.ML.Lora.Kernels;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Kernels;

[TestClass]
public sealed class DropoutMaskTests
{
    private static readonly ulong[] s_keys = [.. Enumerable.Range(0, 5).Select(i => CounterRandom.Key(3, RandomStreams.Synthetic, (ulong)i))];

    [TestMethod]
    public void EveryWidthGivesTheBitsOfScalarCode()
    {
        SameAsScalar<Float32x16>();
        SameAsScalar<Float32x8>();
        SameAsScalar<Float32x4>();
    }

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void StockOperatorsGiveTheSameMask(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (int columns in (int[])[1, 33, 96])
        {
            Tensor fast = DropoutMask.Create(s_keys, columns, 0.1f, DropoutMask.KeptScale(0.1f), type);
            Tensor stock = DropoutMask.CreateStock(s_keys, columns, 0.1f, DropoutMask.KeptScale(0.1f), type, CPU);
            Assert.AreEqual(type, stock.dtype);
            CollectionAssert.AreEqual(stock.Floats(), fast.Floats());
        }
    }

    [TestMethod]
    public void TheRateIsTheProbability()
    {
        foreach (float probability in (float[])[0f, 0.1f, 0.5f, 0.9f])
        {
            using Tensor tensor = DropoutMask.Create([s_keys[0]], 1 << 20, probability, DropoutMask.KeptScale(probability), ScalarType.Float32);
            float[] mask = tensor.Floats();
            // Five standard deviations of a million draws.
            Assert.AreEqual(probability, mask.Count(v => v == 0) / (double)mask.Length, 0.0025);
            Assert.AreEqual(1, mask.Average(v => (double)v), 0.005 / (1 - probability));
        }

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DropoutMask.Threshold(1f));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DropoutMask.Threshold(float.NaN));
    }

    private static unsafe void SameAsScalar<TVector>()
        where TVector : struct, IVector<TVector>
    {
        foreach (float probability in (float[])[0, 0.3f, 0.999f])
        {
            ushort threshold = DropoutMask.Threshold(probability);
            foreach (int length in (int[])[1, 7, 8, 15, 16, 31, 32, 33, 100, 768])
            {
                foreach (ulong key in s_keys)
                {
                    float[] expected = new float[length + 1], actual = new float[length + 1];
                    ushort[] halves = new ushort[length + 1];
                    for (int i = 0; i < length; i++)
                    {
                        uint word = CounterRandom.UInt32(key, (uint)i / 2);
                        expected[i] = (i % 2 == 0 ? word & 0xffff : word >> 16) >= threshold ? 1.25f : 0;
                    }

                    fixed (float* row = actual)
                        DropoutMask.Fill<Float32Lanes, TVector>((byte*)row, length, key, threshold, 1.25f);
                    fixed (ushort* row = halves)
                        DropoutMask.Fill<BFloat16Lanes, TVector>((byte*)row, length, key, threshold, 1.25f);
                    string what = $"{32 * TVector.Count} bits, {length} elements, probability {probability}";
                    CollectionAssert.AreEqual(expected, actual, what);
                    CollectionAssert.AreEqual(expected, halves.Select(BFloat16Bits.ToSingle).ToArray(), what);
                }
            }
        }
    }
}
