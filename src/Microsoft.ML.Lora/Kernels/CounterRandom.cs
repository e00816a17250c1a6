using System.Runtime.CompilerServices;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// The only source of randomness in the library: a counter-based generator.
/// A value depends on a 64-bit key and a 32-bit counter alone, never on how many values were drawn before,
/// so the order of evaluation, the packing of batches and the number of threads cannot change it.
/// </summary>
/// <remarks>
/// Two stages. <see cref="Key"/> mixes what identifies a place (seed, use, step, site, example, token) with 64-bit arithmetic; it is
/// called once per row. <see cref="Mix(uint, uint, uint)"/> turns a counter into 32 random bits with two 32-bit multiplies, shifts and
/// exclusive-ors only, so that it runs as many lanes at a time as the machine's vectors have; the vector form gives the same bits as the scalar one.
/// For one key the map from counter to value is a bijection.
/// </remarks>
internal static class CounterRandom
{
    private const uint Multiplier1 = 0x7feb352du;
    private const uint Multiplier2 = 0x846ca68bu;
    private const float UnitFloat = 1f / (1 << 24);

    /// <summary>Mixes the parts into a key. Every part counts, and so does its place.</summary>
    /// <param name="seed">The user's seed.</param>
    /// <param name="stream">What the numbers are for: one of <see cref="RandomStreams"/>.</param>
    /// <param name="a">For example the optimizer step.</param>
    /// <param name="b">For example the site in the model.</param>
    /// <param name="c">For example the example id.</param>
    public static ulong Key(ulong seed, ulong stream, ulong a = 0, ulong b = 0, ulong c = 0)
    {
        ulong h = Finish(seed + 0x9e3779b97f4a7c15ul);
        h = Finish((h ^ stream) + 0x9e3779b97f4a7c15ul);
        h = Finish((h ^ a) + 0x9e3779b97f4a7c15ul);
        h = Finish((h ^ b) + 0x9e3779b97f4a7c15ul);
        return Finish((h ^ c) + 0x9e3779b97f4a7c15ul);
    }

    /// <summary>Derives a key from another one, for example the key of a token from the key of its row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Derive(ulong key, ulong part) => Finish((key ^ part) + 0x9e3779b97f4a7c15ul);

    /// <summary>32 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint UInt32(ulong key, uint counter) => Mix((uint)key, (uint)(key >> 32), counter);

    /// <summary>64 random bits: the counters <c>2 * counter</c> and <c>2 * counter + 1</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong UInt64(ulong key, uint counter) => ((ulong)UInt32(key, 2 * counter) << 32) | UInt32(key, 2 * counter + 1);

    /// <summary>Uniform in [0, 1), a multiple of 2^-24.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Uniform(ulong key, uint counter) => (UInt32(key, counter) >> 8) * UnitFloat;

    /// <summary>The counter's 32 bits for the key with the given low and high halves. The vector form gives the same bits per lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Mix(uint low, uint high, uint counter)
    {
        uint x = counter ^ low;
        x ^= x >> 16;
        x *= Multiplier1;
        x += high;
        x ^= x >> 15;
        x *= Multiplier2;
        return x ^ (x >> 16);
    }

    /// <summary>As <see cref="Mix(uint, uint, uint)"/> of the integers in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Mix<TVector>(TVector low, TVector high, TVector counter)
        where TVector : struct, IVector<TVector>
    {
        TVector x = counter ^ low;
        x ^= TVector.ShiftRight(x, 16);
        x = TVector.AddIntegers(TVector.MultiplyIntegers(x, TVector.CreateInteger(Multiplier1)), high);
        x ^= TVector.ShiftRight(x, 15);
        x = TVector.MultiplyIntegers(x, TVector.CreateInteger(Multiplier2));
        return x ^ TVector.ShiftRight(x, 16);
    }

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>): element i uses counter i.</summary>
    public static void FillUniform(ulong key, float low, float high, Span<float> destination)
    {
        float width = high - low;
        for (int i = 0; i < destination.Length; i++)
            destination[i] = low + width * Uniform(key, (uint)i);
    }

    /// <summary>Normal with mean 0 and the given standard deviation (Box-Muller in double): element i uses the counters 2i and 2i + 1.</summary>
    public static void FillNormal(ulong key, float std, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            double u = (UInt32(key, 2 * (uint)i) + 1.0) / 4294967296.0; // (0, 1]: the logarithm is finite
            double v = UInt32(key, 2 * (uint)i + 1) / 4294967296.0;
            destination[i] = (float)(std * Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v));
        }
    }

    /// <summary>A random order of 0 .. <paramref name="count"/> - 1 (Fisher-Yates).</summary>
    public static int[] Permutation(ulong key, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
            order[i] = i;
        for (int i = count - 1; i > 0; i--)
        {
            int j = (int)Math.BigMul(UInt64(key, (uint)i), (ulong)i + 1, out _); // bias at most 2^-33
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    /// <summary>The output function of SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Finish(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ul;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebul;
        return x ^ (x >> 31);
    }
}
