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
    public void AllVectorWidthsGiveTheBitsOfScalarCode()
    {
        ushort threshold = DropoutMask.Threshold(0.3f);
        foreach (int length in (int[])[1, 7, 8, 15, 16, 31, 32, 33, 100, 768])
        {
            foreach (ulong key in s_keys)
            {
                ushort[] scalar = new ushort[length], vector = new ushort[length];
                float[] scalarFloats = new float[length], vectorFloats = new float[length];
                DropoutMask.Fill(key, threshold, (ushort)0x3f80, scalar, 0);
                DropoutMask.Fill(key, threshold, 1.25f, scalarFloats, 0);
                for (int i = 0; i < length; i++)
                    Assert.AreEqual(scalar[i] != 0, scalarFloats[i] != 0, "both types drop the same elements");
                foreach (int width in (int[])[128, 256, 512])
                {
                    DropoutMask.Fill(key, threshold, (ushort)0x3f80, vector, width);
                    CollectionAssert.AreEqual(scalar, vector, $"{width} bits, {length} elements");
                    DropoutMask.Fill(key, threshold, 1.25f, vectorFloats, width);
                    CollectionAssert.AreEqual(scalarFloats, vectorFloats, $"{width} bits, {length} elements");
                }
            }
        }
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
            float[] mask = new float[1 << 20];
            DropoutMask.Fill(s_keys[0], DropoutMask.Threshold(probability), DropoutMask.KeptScale(probability), mask);
            // Five standard deviations of a million draws.
            Assert.AreEqual(probability, mask.Count(v => v == 0) / (double)mask.Length, 0.0025);
            Assert.AreEqual(1, mask.Average(v => (double)v), 0.005 / (1 - probability));
        }

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DropoutMask.Threshold(1f));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DropoutMask.Threshold(float.NaN));
    }
}
