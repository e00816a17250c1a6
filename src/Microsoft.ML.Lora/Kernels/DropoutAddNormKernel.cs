using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Forward and backward of <see cref="DropoutAddNorm"/> in vectors, a row at a time. Rows do not depend on threads or on each other.</summary>
internal static unsafe class DropoutAddNormKernel
{
    private const int RowsPerChunk = 32;

    /// <summary>The result; statistics (N, 2) get mean and 1 / deviation where given.</summary>
    public static Tensor Forward(Tensor x, Tensor? residual, DropoutAddNormSettings settings, Tensor? statistics)
    {
        Tensor result = empty_like(x);
        if (x.dtype == ScalarType.BFloat16)
            Forward<BFloat16Lanes>(x, residual, settings, result, statistics);
        else
            Forward<Float32Lanes>(x, residual, settings, result, statistics);
        return result;
    }

    /// <summary>The gradients of x and of the residual, each where wanted.</summary>
    public static (Tensor? Input, Tensor? Residual) Backward(
        Tensor gradient, Tensor x, Tensor? residual, Tensor statistics, DropoutAddNormSettings settings)
    {
        Tensor? toResidual = settings.NeedsResidualGradient ? empty_like(x) : null;
        // Without dropout the two are equal; each still needs memory of its own, because libtorch may add into either.
        Tensor? toInput = settings.NeedsInputGradient ? empty_like(x) : null;
        if (x.dtype == ScalarType.BFloat16)
            Backward<BFloat16Lanes>(gradient, x, residual, statistics, settings, toInput, toResidual);
        else
            Backward<Float32Lanes>(gradient, x, residual, statistics, settings, toInput, toResidual);
        return (toInput, toResidual);
    }

    private static void Forward<TLanes>(Tensor x, Tensor? residual, DropoutAddNormSettings settings, Tensor result, Tensor? statistics)
        where TLanes : ILanes
    {
        (int rows, int columns) = ((int)x.shape[0], (int)x.shape[1]);
        byte* source = NativeData.Pointer(x), other = residual is null ? null : NativeData.Pointer(residual), target = NativeData.Pointer(result);
        float* weight = (float*)NativeData.Pointer(settings.Weight), bias = (float*)NativeData.Pointer(settings.Bias);
        float* saved = statistics is null ? null : (float*)NativeData.Pointer(statistics);
        nint stride = columns * TLanes.Size;
        KernelThreads.For(rows, RowsPerChunk, (begin, end) =>
        {
            float[] sums = new float[columns];
            fixed (float* sum = sums)
            {
                for (int row = begin; row < end; row++)
                {
                    Vector512<float> total = Sum<TLanes>(source + (row * stride), other is null ? null : other + (row * stride), settings, row, columns, sum);
                    float mean = Vector512.Sum(total) / columns;
                    float inverse = InverseDeviation(sum, columns, mean, settings.Eps);
                    byte* to = target + (row * stride);
                    Vector512<float> means = Vector512.Create(mean), inverses = Vector512.Create(inverse);
                    for (nint i = 0; i < columns; i += 32)
                    {
                        Vector512<float> low = (Vector512.Load(sum + i) - means) * inverses, high = (Vector512.Load(sum + i + 16) - means) * inverses;
                        low = VectorMath.MultiplyAdd(low, Vector512.Load(weight + i), Vector512.Load(bias + i));
                        high = VectorMath.MultiplyAdd(high, Vector512.Load(weight + i + 16), Vector512.Load(bias + i + 16));
                        TLanes.Store(to, i, low, high);
                    }

                    if (saved is not null)
                        (saved[2 * row], saved[(2 * row) + 1]) = (mean, inverse);
                }
            }
        });
    }

    private static void Backward<TLanes>(
        Tensor gradient, Tensor x, Tensor? residual, Tensor statistics, DropoutAddNormSettings settings, Tensor? toInput, Tensor? toResidual)
        where TLanes : ILanes
    {
        (int rows, int columns) = ((int)x.shape[0], (int)x.shape[1]);
        byte* from = NativeData.Pointer(gradient), source = NativeData.Pointer(x), other = residual is null ? null : NativeData.Pointer(residual);
        byte* input = toInput is null ? null : NativeData.Pointer(toInput), rest = toResidual is null ? null : NativeData.Pointer(toResidual);
        float* weight = (float*)NativeData.Pointer(settings.Weight), saved = (float*)NativeData.Pointer(statistics);
        nint stride = columns * TLanes.Size;
        KernelThreads.For(rows, RowsPerChunk, (begin, end) =>
        {
            float[] buffer = new float[2 * columns];
            fixed (float* normed = buffer)
            {
                float* inner = normed + columns;
                for (int row = begin; row < end; row++)
                {
                    nint at = row * stride;
                    Sum<TLanes>(source + at, other is null ? null : other + at, settings, row, columns, normed);
                    // d = gradient * weight; ds = (d - mean(d) - normed * mean(d * normed)) / deviation
                    Vector512<float> means = Vector512.Create(saved[2 * row]), inverses = Vector512.Create(saved[(2 * row) + 1]);
                    Vector512<float> sum = Vector512<float>.Zero, product = Vector512<float>.Zero;
                    for (nint i = 0; i < columns; i += 32)
                    {
                        (Vector512<float> low, Vector512<float> high) = TLanes.Load(from + at, i);
                        low *= Vector512.Load(weight + i);
                        high *= Vector512.Load(weight + i + 16);
                        Vector512<float> normedLow = (Vector512.Load(normed + i) - means) * inverses, normedHigh = (Vector512.Load(normed + i + 16) - means) * inverses;
                        sum += low + high;
                        product += (low * normedLow) + (high * normedHigh);
                        low.Store(inner + i);
                        high.Store(inner + i + 16);
                        normedLow.Store(normed + i);
                        normedHigh.Store(normed + i + 16);
                    }

                    Vector512<float> meanOfSum = Vector512.Create(Vector512.Sum(sum) / columns), meanOfProduct = Vector512.Create(Vector512.Sum(product) / columns);
                    for (nint i = 0; i < columns; i += 32)
                    {
                        Vector512<float> low = (Vector512.Load(inner + i) - meanOfSum - (Vector512.Load(normed + i) * meanOfProduct)) * inverses;
                        Vector512<float> high = (Vector512.Load(inner + i + 16) - meanOfSum - (Vector512.Load(normed + i + 16) * meanOfProduct)) * inverses;
                        if (rest is not null)
                            TLanes.Store(rest + at, i, low, high);
                        if (input is not null)
                        {
                            if (settings.RowKeys is { } keys)
                                DropoutMask.Apply(keys[row], (int)i, settings.Threshold, settings.KeptScale, ref low, ref high);
                            TLanes.Store(input + at, i, low, high);
                        }
                    }
                }
            }
        });
    }

    /// <summary>Writes dropout(x) + residual of a row and returns the lanes of its sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sum<TLanes>(byte* x, byte* residual, DropoutAddNormSettings settings, int row, int columns, float* sum)
        where TLanes : ILanes
    {
        Vector512<float> total = Vector512<float>.Zero;
        ulong[]? keys = settings.RowKeys;
        for (nint i = 0; i < columns; i += 32)
        {
            (Vector512<float> low, Vector512<float> high) = TLanes.Load(x, i);
            if (keys is not null)
                DropoutMask.Apply(keys[row], (int)i, settings.Threshold, settings.KeptScale, ref low, ref high);
            if (residual is not null)
            {
                (Vector512<float> residualLow, Vector512<float> residualHigh) = TLanes.Load(residual, i);
                low += residualLow;
                high += residualHigh;
            }

            total += low + high;
            low.Store(sum + i);
            high.Store(sum + i + 16);
        }

        return total;
    }

    private static float InverseDeviation(float* values, int columns, float mean, float eps)
    {
        Vector512<float> means = Vector512.Create(mean), squares = Vector512<float>.Zero;
        for (nint i = 0; i < columns; i += 16)
        {
            Vector512<float> difference = Vector512.Load(values + i) - means;
            squares += difference * difference;
        }

        return 1 / MathF.Sqrt((Vector512.Sum(squares) / columns) + eps);
    }
}
