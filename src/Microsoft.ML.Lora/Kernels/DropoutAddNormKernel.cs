using System.Runtime.CompilerServices;
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
        VectorKernels.Run(x.dtype, new ForwardPass(x, residual, settings, result, statistics));
        return result;
    }

    /// <summary>The gradients of x and of the residual, each where wanted.</summary>
    public static (Tensor? Input, Tensor? Residual) Backward(
        Tensor gradient, Tensor x, Tensor? residual, Tensor statistics, DropoutAddNormSettings settings)
    {
        Tensor? toResidual = settings.NeedsResidualGradient ? empty_like(x) : null;
        // Without dropout the two are equal; each still needs memory of its own, because libtorch may add into either.
        Tensor? toInput = settings.NeedsInputGradient ? empty_like(x) : null;
        VectorKernels.Run(x.dtype, new BackwardPass(gradient, x, residual, statistics, settings, toInput, toResidual));
        return (toInput, toResidual);
    }

    private static void Forward<TLanes, TVector>(Tensor x, Tensor? residual, DropoutAddNormSettings settings, Tensor result, Tensor? statistics)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        (int rows, int columns) = ((int)x.shape[0], (int)x.shape[1]);
        byte* source = NativeData.Pointer(x), other = residual is null ? null : NativeData.Pointer(residual), target = NativeData.Pointer(result);
        float* weight = (float*)NativeData.Pointer(settings.Weight), bias = (float*)NativeData.Pointer(settings.Bias);
        float* saved = statistics is null ? null : (float*)NativeData.Pointer(statistics);
        byte* shift = settings.Shift is null ? null : NativeData.Pointer(settings.Shift);
        nint stride = columns * TLanes.Size;
        KernelThreads.For(rows, RowsPerChunk, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (begin, end) =>
        {
            float[] sums = new float[columns];
            fixed (float* sum = sums)
            {
                for (int row = begin; row < end; row++)
                {
                    TVector total = Sum<TLanes, TVector>(source + (row * stride), other is null ? null : other + (row * stride), shift, settings, row, columns, sum);
                    float mean = TVector.Sum(total) / columns;
                    float inverse = InverseDeviation<TVector>(sum, columns, mean, settings.Eps);
                    byte* to = target + (row * stride);
                    TVector means = TVector.Create(mean), inverses = TVector.Create(inverse);
                    for (nint i = 0; i < columns; i += 2 * TVector.Count)
                    {
                        TVector low = (TVector.Load(sum + i) - means) * inverses, high = (TVector.Load(sum + i + TVector.Count) - means) * inverses;
                        low = TVector.MultiplyAdd(low, TVector.Load(weight + i), TVector.Load(bias + i));
                        high = TVector.MultiplyAdd(high, TVector.Load(weight + i + TVector.Count), TVector.Load(bias + i + TVector.Count));
                        TLanes.Store(to, i, low, high);
                    }

                    if (saved is not null)
                        (saved[2 * row], saved[(2 * row) + 1]) = (mean, inverse);
                }
            }
        });
    }

    private static void Backward<TLanes, TVector>(
        Tensor gradient, Tensor x, Tensor? residual, Tensor statistics, DropoutAddNormSettings settings, Tensor? toInput, Tensor? toResidual)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        (int rows, int columns) = ((int)x.shape[0], (int)x.shape[1]);
        byte* from = NativeData.Pointer(gradient), source = NativeData.Pointer(x), other = residual is null ? null : NativeData.Pointer(residual);
        byte* input = toInput is null ? null : NativeData.Pointer(toInput), rest = toResidual is null ? null : NativeData.Pointer(toResidual);
        float* weight = (float*)NativeData.Pointer(settings.Weight), saved = (float*)NativeData.Pointer(statistics);
        byte* shift = settings.Shift is null ? null : NativeData.Pointer(settings.Shift);
        nint stride = columns * TLanes.Size;
        KernelThreads.For(rows, RowsPerChunk, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (begin, end) =>
        {
            float[] buffer = new float[2 * columns];
            fixed (float* normed = buffer)
            {
                float* inner = normed + columns;
                for (int row = begin; row < end; row++)
                {
                    nint at = row * stride;
                    Sum<TLanes, TVector>(source + at, other is null ? null : other + at, shift, settings, row, columns, normed);
                    // d = gradient * weight; ds = (d - mean(d) - normed * mean(d * normed)) / deviation
                    TVector means = TVector.Create(saved[2 * row]), inverses = TVector.Create(saved[(2 * row) + 1]);
                    TVector sum = TVector.Zero, product = TVector.Zero;
                    for (nint i = 0; i < columns; i += 2 * TVector.Count)
                    {
                        (TVector low, TVector high) = TLanes.Load<TVector>(from + at, i);
                        low *= TVector.Load(weight + i);
                        high *= TVector.Load(weight + i + TVector.Count);
                        TVector normedLow = (TVector.Load(normed + i) - means) * inverses, normedHigh = (TVector.Load(normed + i + TVector.Count) - means) * inverses;
                        sum += low + high;
                        product += (low * normedLow) + (high * normedHigh);
                        low.Store(inner + i);
                        high.Store(inner + i + TVector.Count);
                        normedLow.Store(normed + i);
                        normedHigh.Store(normed + i + TVector.Count);
                    }

                    TVector meanOfSum = TVector.Create(TVector.Sum(sum) / columns), meanOfProduct = TVector.Create(TVector.Sum(product) / columns);
                    for (nint i = 0; i < columns; i += 2 * TVector.Count)
                    {
                        TVector low = (TVector.Load(inner + i) - meanOfSum - (TVector.Load(normed + i) * meanOfProduct)) * inverses;
                        TVector high = (TVector.Load(inner + i + TVector.Count) - meanOfSum - (TVector.Load(normed + i + TVector.Count) * meanOfProduct)) * inverses;
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

    /// <summary>Writes dropout(x + shift) + residual of a row and returns the lanes of its sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Sum<TLanes, TVector>(byte* x, byte* residual, byte* shift, DropoutAddNormSettings settings, int row, int columns, float* sum)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        TVector total = TVector.Zero;
        ulong[]? keys = settings.RowKeys;
        for (nint i = 0; i < columns; i += 2 * TVector.Count)
        {
            (TVector low, TVector high) = TLanes.Load<TVector>(x, i);
            if (shift is not null)
            {
                (TVector shiftLow, TVector shiftHigh) = TLanes.Load<TVector>(shift, i);
                low += shiftLow;
                high += shiftHigh;
            }

            if (keys is not null)
                DropoutMask.Apply(keys[row], (int)i, settings.Threshold, settings.KeptScale, ref low, ref high);
            if (residual is not null)
            {
                (TVector residualLow, TVector residualHigh) = TLanes.Load<TVector>(residual, i);
                low += residualLow;
                high += residualHigh;
            }

            total += low + high;
            low.Store(sum + i);
            high.Store(sum + i + TVector.Count);
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float InverseDeviation<TVector>(float* values, int columns, float mean, float eps)
        where TVector : struct, IVector<TVector>
    {
        TVector means = TVector.Create(mean), squares = TVector.Zero;
        for (nint i = 0; i < columns; i += TVector.Count)
        {
            TVector difference = TVector.Load(values + i) - means;
            squares += difference * difference;
        }

        return 1 / MathF.Sqrt((TVector.Sum(squares) / columns) + eps);
    }

    private readonly struct ForwardPass(Tensor x, Tensor? residual, DropoutAddNormSettings settings, Tensor result, Tensor? statistics) : IVectorKernel
    {
        public void Run<TLanes, TVector>()
            where TLanes : ILanes
            where TVector : struct, IVector<TVector> => Forward<TLanes, TVector>(x, residual, settings, result, statistics);
    }

    private readonly struct BackwardPass(
        Tensor gradient, Tensor x, Tensor? residual, Tensor statistics, DropoutAddNormSettings settings, Tensor? toInput, Tensor? toResidual) : IVectorKernel
    {
        public void Run<TLanes, TVector>()
            where TLanes : ILanes
            where TVector : struct, IVector<TVector> => Backward<TLanes, TVector>(gradient, x, residual, statistics, settings, toInput, toResidual);
    }
}
