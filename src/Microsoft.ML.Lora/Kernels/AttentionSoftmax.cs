using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Scaled softmax over the rows of attention scores in tensors, with dropout, and its backward; computed in float32 by <see cref="SoftmaxRow"/>.</summary>
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
        VectorKernels.Run(scores.dtype, new ForwardPass(scores, scale, keys, probability, dropped));
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
        VectorKernels.Run(weights.dtype, new BackwardPass(gradient, weights, scale, keys, probability, dropped));
        return dropped;
    }

    private static void Forward<TLanes, TVector>(Tensor scores, float scale, ulong[]? keys, float probability, Tensor dropped)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        int columns = (int)scores.shape[^1], rows = (int)(scores.numel() / columns);
        byte* data = NativeData.Pointer(scores), second = NativeData.Pointer(dropped);
        long total = scores.numel();
        uint threshold = DropoutMask.Threshold(probability);
        float kept = DropoutMask.KeptScale(probability);
        KernelThreads.For(rows, Grain(columns), [MethodImpl(MethodImplOptions.AggressiveOptimization)] (begin, end) =>
        {
            fixed (float* buffer = new float[SoftmaxRow.Padded(columns)])
            {
                for (int row = begin; row < end; row++)
                {
                    nint start = (nint)row * columns;
                    Load<TLanes, TVector>(data, start, columns, total, buffer);
                    SoftmaxRow.Forward<TVector>(buffer, columns, scale);
                    Store<TLanes, TVector>(buffer, data, start, columns);
                    if (keys is not null)
                    {
                        SoftmaxRow.Drop<TVector>(buffer, buffer, columns, keys[row], threshold, kept);
                        Store<TLanes, TVector>(buffer, second, start, columns);
                    }
                }
            }
        });
    }

    private static void Backward<TLanes, TVector>(Tensor gradient, Tensor weights, float scale, ulong[]? keys, float probability, Tensor dropped)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        int columns = (int)weights.shape[^1], rows = (int)(weights.numel() / columns);
        byte* data = NativeData.Pointer(gradient), from = NativeData.Pointer(weights), second = NativeData.Pointer(dropped);
        long total = weights.numel();
        uint threshold = DropoutMask.Threshold(probability);
        float kept = DropoutMask.KeptScale(probability);
        KernelThreads.For(rows, Grain(columns), [MethodImpl(MethodImplOptions.AggressiveOptimization)] (begin, end) =>
        {
            int padded = SoftmaxRow.Padded(columns);
            fixed (float* buffer = new float[3 * padded])
            {
                float* slopes = buffer + padded, after = slopes + padded;
                for (int row = begin; row < end; row++)
                {
                    nint start = (nint)row * columns;
                    Load<TLanes, TVector>(from, start, columns, total, buffer);
                    Load<TLanes, TVector>(data, start, columns, total, slopes);
                    if (keys is not null)
                    {
                        SoftmaxRow.Drop<TVector>(buffer, after, columns, keys[row], threshold, kept);
                        Store<TLanes, TVector>(after, second, start, columns);
                        SoftmaxRow.Drop<TVector>(slopes, slopes, columns, keys[row], threshold, kept);
                    }

                    SoftmaxRow.Backward<TVector>(buffer, slopes, columns, scale);
                    Store<TLanes, TVector>(slopes, data, start, columns);
                }
            }
        });
    }

    private static int Grain(int columns) => Math.Max(1, (1 << 13) / columns);

    /// <summary>A row of a tensor into a buffer; what lies beyond the columns there is arbitrary. Nothing beyond the end of the tensor is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TLanes, TVector>(byte* data, nint start, int columns, long total, float* buffer)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        for (int i = 0; i < columns; i += 2 * TVector.Count)
        {
            (TVector low, TVector high) = start + i + (2 * TVector.Count) <= total
                ? TLanes.Load<TVector>(data, start + i)
                : RowEnds.Load<TLanes, TVector>(data, start + i, columns - i);
            low.Store(buffer + i);
            high.Store(buffer + i + TVector.Count);
        }
    }

    /// <summary>The columns of a buffer into a row of a tensor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TVector>(float* buffer, byte* data, nint start, int columns)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        int i = 0;
        for (; i + (2 * TVector.Count) <= columns; i += 2 * TVector.Count)
            TLanes.Store(data, start + i, TVector.Load(buffer + i), TVector.Load(buffer + i + TVector.Count));
        if (i < columns)
            RowEnds.Store<TLanes, TVector>(data, start + i, columns - i, TVector.Load(buffer + i), TVector.Load(buffer + i + TVector.Count));
    }

    private readonly struct ForwardPass(Tensor scores, float scale, ulong[]? keys, float probability, Tensor dropped) : IVectorKernel
    {
        public void Run<TLanes, TVector>()
            where TLanes : ILanes
            where TVector : struct, IVector<TVector> => Forward<TLanes, TVector>(scores, scale, keys, probability, dropped);
    }

    private readonly struct BackwardPass(Tensor gradient, Tensor weights, float scale, ulong[]? keys, float probability, Tensor dropped) : IVectorKernel
    {
        public void Run<TLanes, TVector>()
            where TLanes : ILanes
            where TVector : struct, IVector<TVector> => Backward<TLanes, TVector>(gradient, weights, scale, keys, probability, dropped);
    }
}
