using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Scaled softmax over the rows of attention scores with dropout, and its backward, in vectors; sums are float32.</summary>
internal static unsafe class AttentionSoftmax
{
    /// <summary>Replaces scores by probabilities.</summary>
    /// <param name="scores">(matrices, rows, columns), contiguous; overwritten with softmax(scale * scores).</param>
    /// <param name="scale">Multiplied first.</param>
    /// <param name="keys">A key per row, or null for no dropout.</param>
    /// <param name="probability">The probability of zero.</param>
    /// <returns>The probabilities after dropout: <paramref name="scores"/> itself where there are no keys.</returns>
    public static Tensor Forward(Tensor scores, float scale, ulong[]? keys, float probability)
    {
        Tensor dropped = keys is null ? scores : empty_like(scores);
        if (scores.dtype == ScalarType.BFloat16)
            Forward<BFloat16Lanes>(scores, scale, keys, probability, dropped);
        else
            Forward<Float32Lanes>(scores, scale, keys, probability, dropped);
        return dropped;
    }

    /// <summary>From the gradient of the dropped probabilities to that of the scores.</summary>
    /// <param name="gradient">(matrices, rows, columns), contiguous; overwritten with the gradient of the scores before scaling.</param>
    /// <param name="weights">The probabilities before dropout.</param>
    /// <param name="scale">As in forward.</param>
    /// <param name="keys">As in forward.</param>
    /// <param name="probability">As in forward.</param>
    /// <returns>The probabilities after dropout, made again: <paramref name="weights"/> itself where there are no keys.</returns>
    public static Tensor Backward(Tensor gradient, Tensor weights, float scale, ulong[]? keys, float probability)
    {
        Tensor dropped = keys is null ? weights : empty_like(weights);
        if (weights.dtype == ScalarType.BFloat16)
            Backward<BFloat16Lanes>(gradient, weights, scale, keys, probability, dropped);
        else
            Backward<Float32Lanes>(gradient, weights, scale, keys, probability, dropped);
        return dropped;
    }

    private static void Forward<TLanes>(Tensor scores, float scale, ulong[]? keys, float probability, Tensor dropped)
        where TLanes : ILanes
    {
        int columns = (int)scores.shape[^1], rows = (int)(scores.numel() / columns);
        byte* data = NativeData.Pointer(scores), second = NativeData.Pointer(dropped);
        long total = scores.numel();
        uint threshold = DropoutMask.Threshold(probability);
        float kept = DropoutMask.KeptScale(probability);
        KernelThreads.For(rows, Grain(columns), (begin, end) =>
        {
            fixed (float* buffer = new float[Padded(columns)])
            {
                Vector512<float> scales = Vector512.Create(scale), lowest = Vector512.Create(float.NegativeInfinity);
                for (int row = begin; row < end; row++)
                {
                    nint start = (nint)row * columns;
                    Vector512<float> largest = lowest;
                    for (int i = 0; i < columns; i += 32)
                    {
                        (Vector512<float> low, Vector512<float> high) = Load<TLanes>(data, start + i, columns - i, total);
                        low = Vector512.ConditionalSelect(Within(columns - i), low * scales, lowest);
                        high = Vector512.ConditionalSelect(Within(columns - i - 16), high * scales, lowest);
                        largest = Vector512.Max(largest, Vector512.Max(low, high));
                        low.Store(buffer + i);
                        high.Store(buffer + i + 16);
                    }

                    Vector512<float> max = Vector512.Create(Largest(largest)), sum = Vector512<float>.Zero;
                    for (int i = 0; i < columns; i += 32)
                    {
                        Vector512<float> low = VectorMath.Exp(Vector512.Load(buffer + i) - max), high = VectorMath.Exp(Vector512.Load(buffer + i + 16) - max);
                        sum += low + high;
                        low.Store(buffer + i);
                        high.Store(buffer + i + 16);
                    }

                    Vector512<float> inverse = Vector512.Create(1 / Vector512.Sum(sum));
                    for (int i = 0; i < columns; i += 32)
                    {
                        Vector512<float> low = Vector512.Load(buffer + i) * inverse, high = Vector512.Load(buffer + i + 16) * inverse;
                        Store<TLanes>(data, start + i, columns - i, low, high);
                        if (keys is not null)
                        {
                            DropoutMask.Apply(keys[row], i, threshold, kept, ref low, ref high);
                            Store<TLanes>(second, start + i, columns - i, low, high);
                        }
                    }
                }
            }
        });
    }

    private static void Backward<TLanes>(Tensor gradient, Tensor weights, float scale, ulong[]? keys, float probability, Tensor dropped)
        where TLanes : ILanes
    {
        int columns = (int)weights.shape[^1], rows = (int)(weights.numel() / columns);
        byte* data = NativeData.Pointer(gradient), from = NativeData.Pointer(weights), second = NativeData.Pointer(dropped);
        long total = weights.numel();
        uint threshold = DropoutMask.Threshold(probability);
        float kept = DropoutMask.KeptScale(probability);
        KernelThreads.For(rows, Grain(columns), (begin, end) =>
        {
            int padded = Padded(columns);
            fixed (float* buffer = new float[2 * padded])
            {
                float* slopes = buffer + padded;
                Vector512<float> scales = Vector512.Create(scale);
                for (int row = begin; row < end; row++)
                {
                    nint start = (nint)row * columns;
                    Vector512<float> sum = Vector512<float>.Zero;
                    for (int i = 0; i < columns; i += 32)
                    {
                        (Vector512<float> low, Vector512<float> high) = Load<TLanes>(from, start + i, columns - i, total);
                        (Vector512<float> lowSlope, Vector512<float> highSlope) = Load<TLanes>(data, start + i, columns - i, total);
                        Vector512<float> inLow = Within(columns - i), inHigh = Within(columns - i - 16);
                        (low, high) = (low & inLow, high & inHigh);
                        (lowSlope, highSlope) = (lowSlope & inLow, highSlope & inHigh);
                        if (keys is not null)
                        {
                            (Vector512<float> droppedLow, Vector512<float> droppedHigh) = (low, high);
                            DropoutMask.Apply(keys[row], i, threshold, kept, ref droppedLow, ref droppedHigh);
                            Store<TLanes>(second, start + i, columns - i, droppedLow, droppedHigh);
                            DropoutMask.Apply(keys[row], i, threshold, kept, ref lowSlope, ref highSlope);
                        }

                        sum += (low * lowSlope) + (high * highSlope);
                        low.Store(buffer + i);
                        high.Store(buffer + i + 16);
                        lowSlope.Store(slopes + i);
                        highSlope.Store(slopes + i + 16);
                    }

                    Vector512<float> inner = Vector512.Create(Vector512.Sum(sum));
                    for (int i = 0; i < columns; i += 32)
                    {
                        Vector512<float> low = Vector512.Load(buffer + i) * (Vector512.Load(slopes + i) - inner) * scales;
                        Vector512<float> high = Vector512.Load(buffer + i + 16) * (Vector512.Load(slopes + i + 16) - inner) * scales;
                        Store<TLanes>(data, start + i, columns - i, low, high);
                    }
                }
            }
        });
    }

    private static int Padded(int columns) => (columns + 31) / 32 * 32;

    private static int Grain(int columns) => Math.Max(1, (1 << 13) / columns);

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Within(int count) =>
        Vector512.LessThan(Vector512.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), Vector512.Create(count)).AsSingle();

    /// <summary>32 elements; those beyond <paramref name="count"/> are arbitrary. Nothing beyond the end of the tensor is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Low, Vector512<float> High) Load<TLanes>(byte* data, nint at, int count, long total)
        where TLanes : ILanes => at + 32 <= total ? TLanes.Load(data, at) : LoadEnd<TLanes>(data, at, count);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (Vector512<float> Low, Vector512<float> High) LoadEnd<TLanes>(byte* data, nint at, int count)
        where TLanes : ILanes
    {
        byte* copy = stackalloc byte[32 * sizeof(float)];
        Unsafe.InitBlockUnaligned(copy, 0, 32 * sizeof(float));
        Unsafe.CopyBlockUnaligned(copy, data + (at * TLanes.Size), (uint)(Math.Min(count, 32) * TLanes.Size));
        return TLanes.Load(copy, 0);
    }

    /// <summary>The first <paramref name="count"/> of 32 elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes>(byte* data, nint at, int count, Vector512<float> low, Vector512<float> high)
        where TLanes : ILanes
    {
        if (count >= 32)
            TLanes.Store(data, at, low, high);
        else
            StorePart<TLanes>(data, at, count, low, high);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StorePart<TLanes>(byte* data, nint at, int count, Vector512<float> low, Vector512<float> high)
        where TLanes : ILanes
    {
        byte* copy = stackalloc byte[32 * sizeof(float)];
        TLanes.Store(copy, 0, low, high);
        Unsafe.CopyBlockUnaligned(data + (at * TLanes.Size), copy, (uint)(count * TLanes.Size));
    }

    /// <summary>The largest lane; NaN where any is.</summary>
    private static float Largest(Vector512<float> values)
    {
        Vector256<float> half = Vector256.Max(values.GetLower(), values.GetUpper());
        Vector128<float> quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
    }
}
