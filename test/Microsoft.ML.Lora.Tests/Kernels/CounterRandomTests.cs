using Microsoft.ML.Lora.Kernels;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Kernels;

[TestClass]
public sealed class CounterRandomTests
{
    // Computed by an independent implementation with unbounded integers. Saved runs depend on these bits: they never change.
    [TestMethod]
    [DataRow(0ul, 0ul, 0ul, 0ul, 0ul, 0x78ae5a9a6b5fd45eul, 0x01ec782bu, 0x9f720479u, 0x886fb796u)]
    [DataRow(1ul, 3ul, 5ul, 0ul, 0ul, 0x12e0806f9819f0bdul, 0x28b9b771u, 0x8c5ea8c8u, 0xd75b48e1u)]
    [DataRow(42ul, 5ul, 100ul, 7ul, 123456789ul, 0xb13e6f6c4cc97bccul, 0x8a277cf8u, 0x7ffbdc48u, 0x4c870fe2u)]
    [DataRow(ulong.MaxValue, 12ul, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x192dc4aab26a6bf1ul, 0x31228379u, 0x6a66ebb9u, 0xd0a4ab31u)]
    public void KnownValues(ulong seed, ulong stream, ulong a, ulong b, ulong c, ulong key, uint first, uint second, uint last)
    {
        Assert.AreEqual(key, CounterRandom.Key(seed, stream, a, b, c));
        Assert.AreEqual(first, CounterRandom.UInt32(key, 0));
        Assert.AreEqual(second, CounterRandom.UInt32(key, 1));
        Assert.AreEqual(last, CounterRandom.UInt32(key, uint.MaxValue));
    }

    [TestMethod]
    public void KnownPermutation() =>
        CollectionAssert.AreEqual(new[] { 0, 3, 4, 1, 9, 8, 2, 7, 5, 6 }, CounterRandom.Permutation(CounterRandom.Key(1, 3, 5), 10));

    [TestMethod]
    public void EveryWidthGivesTheScalarBits()
    {
        SameAsScalar<Float32x16>();
        SameAsScalar<Float32x8>();
        SameAsScalar<Float32x4>();
    }

    [TestMethod]
    public void UniformHasTheRightMomentsAndNoSerialCorrelation()
    {
        const int Count = 1 << 18;
        // Six standard errors of each statistic: a right generator fails once in 10^9 runs, and the keys are fixed.
        double meanBound = 6 * Math.Sqrt(1 / 12.0 / Count);
        double correlationBound = 6 / 12.0 / Math.Sqrt(Count);
        for (ulong seed = 0; seed < 8; seed++)
        {
            float[] u = new float[Count];
            CounterRandom.FillUniform(CounterRandom.Key(seed, RandomStreams.Synthetic), 0, 1, u);
            double mean = u.Average(x => (double)x);
            Assert.AreEqual(0.5, mean, meanBound);
            Assert.AreEqual(1 / 12.0, u.Average(x => (x - mean) * (x - mean)), 6 * Math.Sqrt(1 / 180.0 / Count));
            Assert.IsTrue(u.All(x => x is >= 0 and < 1));
            foreach (int lag in new[] { 1, 2, 64, 384, 768 })
            {
                double covariance = 0;
                for (int i = 0; i + lag < Count; i++)
                    covariance += (u[i] - 0.5) * (u[i + lag] - 0.5);
                Assert.AreEqual(0, covariance / (Count - lag), correlationBound, $"seed {seed}, lag {lag}");
            }
        }
    }

    [TestMethod]
    public void ByteHistogramPassesChiSquare()
    {
        const int Count = 1 << 18;
        for (ulong seed = 0; seed < 4; seed++)
        {
            ulong key = CounterRandom.Key(seed, RandomStreams.Synthetic, 3);
            uint[] x = [.. Enumerable.Range(0, Count).Select(i => CounterRandom.UInt32(key, (uint)i))];
            for (int shift = 0; shift < 32; shift += 8)
            {
                int[] histogram = new int[256];
                foreach (uint v in x)
                    histogram[(v >> shift) & 255]++;
                double chi = histogram.Sum(h => Math.Pow(h - Count / 256.0, 2) / (Count / 256.0));
                Assert.AreEqual(255, chi, 6 * Math.Sqrt(2 * 255), $"seed {seed}, byte {shift / 8}"); // mean 255, variance 510
            }
        }
    }

    [TestMethod]
    public void NeighbouringKeysAreIndependent()
    {
        // Dropout masks of neighbouring steps, sites, examples and tokens: share of equal decisions at p = 0.1 is 0.82.
        const int Count = 1 << 16;
        uint threshold = (uint)(0.1 * uint.MaxValue);
        ulong origin = CounterRandom.Key(1, RandomStreams.LoraDropout, 10, 20, 30);
        ulong[] neighbours =
        [
            CounterRandom.Key(2, RandomStreams.LoraDropout, 10, 20, 30),
            CounterRandom.Key(1, RandomStreams.HiddenDropout, 10, 20, 30),
            CounterRandom.Key(1, RandomStreams.LoraDropout, 11, 20, 30),
            CounterRandom.Key(1, RandomStreams.LoraDropout, 10, 21, 30),
            CounterRandom.Key(1, RandomStreams.LoraDropout, 10, 20, 31),
            CounterRandom.Key(1, RandomStreams.LoraDropout, 20, 10, 30),
            CounterRandom.Derive(origin, 0),
            CounterRandom.Derive(origin, 1),
        ];
        double bound = 6 * Math.Sqrt(0.82 * 0.18 / Count);
        foreach (ulong key in neighbours)
        {
            int same = 0;
            for (uint i = 0; i < Count; i++)
                same += (CounterRandom.UInt32(origin, i) < threshold) == (CounterRandom.UInt32(key, i) < threshold) ? 1 : 0;
            Assert.AreEqual(0.82, same / (double)Count, bound);
        }

        Assert.AreEqual(neighbours.Length, neighbours.Distinct().Count());
    }

    [TestMethod]
    public void NormalHasTheRightMoments()
    {
        const int Count = 1 << 18;
        float[] x = new float[Count];
        CounterRandom.FillNormal(CounterRandom.Key(5, RandomStreams.HeadInit), 0.02f, x);
        Assert.AreEqual(0, x.Average(v => v / 0.02), 6 / Math.Sqrt(Count));
        Assert.AreEqual(1, x.Average(v => Math.Pow(v / 0.02, 2)), 6 * Math.Sqrt(2.0 / Count));
        Assert.AreEqual(3, x.Average(v => Math.Pow(v / 0.02, 4)), 6 * Math.Sqrt(96.0 / Count));
        Assert.IsTrue(x.All(float.IsFinite));
    }

    [TestMethod]
    public void PermutationHoldsEveryIndexAndMovesWithTheKey()
    {
        int[] first = CounterRandom.Permutation(CounterRandom.Key(1, RandomStreams.Shuffle, 1), 1000);
        int[] second = CounterRandom.Permutation(CounterRandom.Key(1, RandomStreams.Shuffle, 2), 1000);
        CollectionAssert.AreEqual(Enumerable.Range(0, 1000).ToArray(), first.Order().ToArray());
        CollectionAssert.AreEqual(first, CounterRandom.Permutation(CounterRandom.Key(1, RandomStreams.Shuffle, 1), 1000));
        Assert.IsLessThan(20, first.Zip(second).Count(p => p.First == p.Second)); // one match is expected
        Assert.IsEmpty(CounterRandom.Permutation(1, 0));

        // Every element reaches every place: 3! orders over many keys, six standard deviations.
        var counts = new Dictionary<string, int>();
        for (ulong key = 0; key < 6000; key++)
        {
            string order = string.Join(' ', CounterRandom.Permutation(CounterRandom.Key(key, RandomStreams.Shuffle), 3));
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        Assert.HasCount(6, counts);
        Assert.IsTrue(counts.Values.All(c => Math.Abs(c - 1000) < 6 * Math.Sqrt(6000 * 5 / 36.0)));
    }

    private static unsafe void SameAsScalar<TVector>()
        where TVector : struct, IVector<TVector>
    {
        ulong key = CounterRandom.Key(7, RandomStreams.Synthetic);
        foreach (uint first in new[] { 0u, 12345u, uint.MaxValue - 2 })
        {
            uint[] actual = new uint[TVector.Count];
            fixed (uint* lanes = actual)
            {
                TVector counters = TVector.AddIntegers(TVector.CreateInteger(first), TVector.Indices);
                CounterRandom.Mix(TVector.CreateInteger((uint)key), TVector.CreateInteger((uint)(key >> 32)), counters).Store((float*)lanes);
            }

            for (int lane = 0; lane < actual.Length; lane++)
                Assert.AreEqual(CounterRandom.UInt32(key, unchecked(first + (uint)lane)), actual[lane], $"{actual.Length} lanes, counter {first} + {lane}");
        }
    }
}
