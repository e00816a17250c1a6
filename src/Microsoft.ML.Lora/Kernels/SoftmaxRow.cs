using System.Runtime.CompilerServices;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Softmax of one row of attention scores with dropout, and its backward; float32, in place, in vectors.</summary>
/// <remarks>Rows are buffers of <see cref="Padded"/> elements; what lies beyond the columns is ignored before and 0 afterwards.</remarks>
internal static unsafe class SoftmaxRow
{
    /// <summary>The length of a buffer for so many columns: a multiple of 32.</summary>
    public static int Padded(int columns) => (columns + 31) / 32 * 32;

    /// <summary>softmax(scale * row).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<TVector>(float* row, int columns, float scale)
        where TVector : struct, IVector<TVector>
    {
        int padded = Padded(columns);
        TVector scales = TVector.Create(scale), lowest = TVector.Create(float.NegativeInfinity), largest = lowest;
        for (int i = 0; i < padded; i += TVector.Count)
        {
            TVector scaled = TVector.Select(Within<TVector>(columns - i), TVector.Load(row + i) * scales, lowest);
            largest = TVector.Max(largest, scaled);
            scaled.Store(row + i);
        }

        TVector max = TVector.Create(TVector.Largest(largest)), sum = TVector.Zero;
        for (int i = 0; i < padded; i += TVector.Count)
        {
            TVector power = VectorMath.Exp(TVector.Load(row + i) - max);
            sum += power;
            power.Store(row + i);
        }

        TVector inverse = TVector.Create(1 / TVector.Sum(sum));
        for (int i = 0; i < padded; i += TVector.Count)
            (TVector.Load(row + i) * inverse).Store(row + i);
    }

    /// <summary>
    /// From the gradient of the probabilities to that of the scores before scaling: <c>p (g - sum(p g)) scale</c>.
    /// </summary>
    /// <param name="probabilities">Before dropout.</param>
    /// <param name="gradient">After dropout has been applied to it too; overwritten.</param>
    /// <param name="columns">Elements.</param>
    /// <param name="scale">As in forward.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<TVector>(float* probabilities, float* gradient, int columns, float scale)
        where TVector : struct, IVector<TVector>
    {
        int padded = Padded(columns);
        TVector sum = TVector.Zero, scales = TVector.Create(scale);
        for (int i = 0; i < padded; i += TVector.Count)
        {
            TVector within = Within<TVector>(columns - i);
            TVector slope = TVector.Load(gradient + i) & within;
            slope.Store(gradient + i);
            sum = TVector.MultiplyAdd(TVector.Load(probabilities + i) & within, slope, sum);
        }

        TVector inner = TVector.Create(TVector.Sum(sum));
        for (int i = 0; i < padded; i += TVector.Count)
            (TVector.Load(probabilities + i) * (TVector.Load(gradient + i) - inner) * scales).Store(gradient + i);
    }

    /// <summary>Dropout of a row.</summary>
    /// <param name="from">The row.</param>
    /// <param name="to">Where it goes; may be the row itself.</param>
    /// <param name="columns">Elements.</param>
    /// <param name="key">The row's key.</param>
    /// <param name="threshold">See <see cref="DropoutMask.Threshold"/>.</param>
    /// <param name="kept">See <see cref="DropoutMask.KeptScale"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Drop<TVector>(float* from, float* to, int columns, ulong key, uint threshold, float kept)
        where TVector : struct, IVector<TVector>
    {
        for (int i = 0; i < columns; i += 2 * TVector.Count)
        {
            TVector low = TVector.Load(from + i), high = TVector.Load(from + i + TVector.Count);
            DropoutMask.Apply(key, i, threshold, kept, ref low, ref high);
            low.Store(to + i);
            high.Store(to + i + TVector.Count);
        }
    }

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Within<TVector>(int count)
        where TVector : struct, IVector<TVector> => TVector.GreaterIntegers(TVector.CreateInteger((uint)count), TVector.Indices);
}
