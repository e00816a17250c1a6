using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Softmax of one row of attention scores with dropout, and its backward; float32, in place, in vectors.</summary>
/// <remarks>Rows are buffers of <see cref="Padded"/> elements; what lies beyond the columns is ignored before and 0 afterwards.</remarks>
internal static unsafe class SoftmaxRow
{
    /// <summary>The length of a buffer for so many columns: a multiple of 32.</summary>
    public static int Padded(int columns) => (columns + 31) / 32 * 32;

    /// <summary>softmax(scale * row).</summary>
    public static void Forward(float* row, int columns, float scale)
    {
        int padded = Padded(columns);
        Vector512<float> scales = Vector512.Create(scale), lowest = Vector512.Create(float.NegativeInfinity), largest = lowest;
        for (int i = 0; i < padded; i += 16)
        {
            Vector512<float> scaled = Vector512.ConditionalSelect(Within(columns - i), Vector512.Load(row + i) * scales, lowest);
            largest = Vector512.Max(largest, scaled);
            scaled.Store(row + i);
        }

        Vector512<float> max = Vector512.Create(Largest(largest)), sum = Vector512<float>.Zero;
        for (int i = 0; i < padded; i += 16)
        {
            Vector512<float> power = VectorMath.Exp(Vector512.Load(row + i) - max);
            sum += power;
            power.Store(row + i);
        }

        Vector512<float> inverse = Vector512.Create(1 / Vector512.Sum(sum));
        for (int i = 0; i < padded; i += 16)
            (Vector512.Load(row + i) * inverse).Store(row + i);
    }

    /// <summary>
    /// From the gradient of the probabilities to that of the scores before scaling: <c>p (g - sum(p g)) scale</c>.
    /// </summary>
    /// <param name="probabilities">Before dropout.</param>
    /// <param name="gradient">After dropout has been applied to it too; overwritten.</param>
    /// <param name="columns">Elements.</param>
    /// <param name="scale">As in forward.</param>
    public static void Backward(float* probabilities, float* gradient, int columns, float scale)
    {
        int padded = Padded(columns);
        Vector512<float> sum = Vector512<float>.Zero, scales = Vector512.Create(scale);
        for (int i = 0; i < padded; i += 16)
        {
            Vector512<float> within = Within(columns - i);
            Vector512<float> slope = Vector512.Load(gradient + i) & within;
            slope.Store(gradient + i);
            sum = VectorMath.MultiplyAdd(Vector512.Load(probabilities + i) & within, slope, sum);
        }

        Vector512<float> inner = Vector512.Create(Vector512.Sum(sum));
        for (int i = 0; i < padded; i += 16)
            (Vector512.Load(probabilities + i) * (Vector512.Load(gradient + i) - inner) * scales).Store(gradient + i);
    }

    /// <summary>Dropout of a row.</summary>
    /// <param name="from">The row.</param>
    /// <param name="to">Where it goes; may be the row itself.</param>
    /// <param name="columns">Elements.</param>
    /// <param name="key">The row's key.</param>
    /// <param name="threshold">See <see cref="DropoutMask.Threshold"/>.</param>
    /// <param name="kept">See <see cref="DropoutMask.KeptScale"/>.</param>
    public static void Drop(float* from, float* to, int columns, ulong key, uint threshold, float kept)
    {
        for (int i = 0; i < columns; i += 32)
        {
            Vector512<float> low = Vector512.Load(from + i), high = Vector512.Load(from + i + 16);
            DropoutMask.Apply(key, i, threshold, kept, ref low, ref high);
            low.Store(to + i);
            high.Store(to + i + 16);
        }
    }

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Within(int count) =>
        Vector512.LessThan(Vector512.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), Vector512.Create(count)).AsSingle();

    /// <summary>The largest lane; NaN where any is.</summary>
    private static float Largest(Vector512<float> values)
    {
        Vector256<float> half = Vector256.Max(values.GetLower(), values.GetUpper());
        Vector128<float> quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
    }
}
