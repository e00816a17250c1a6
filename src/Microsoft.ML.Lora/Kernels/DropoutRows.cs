using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Dropout of the rows of a matrix without a mask in memory: products with it are rounded once, so 1 / (1 - p) stays exact.</summary>
internal static unsafe class DropoutRows
{
    private const int RowsPerChunk = 32;

    /// <summary>dropout(x), a new tensor; by stock operators where vectors do not fit.</summary>
    /// <param name="x">(N, C).</param>
    /// <param name="keys">One per row.</param>
    /// <param name="probability">The probability of zero.</param>
    public static Tensor Apply(Tensor x, ulong[] keys, float probability)
    {
        if (!VectorKernels.Available || !NativeData.Fits(x) || NativeData.NeedsGraph(x))
            return Stock(x, keys, probability);
        Tensor result = empty_like(x);
        VectorKernels.Run(x.dtype, new Kernel(x, result, keys, probability, add: false));
        return result;
    }

    /// <summary>sum += dropout(x), in place; both are of one type and outside any graph.</summary>
    public static void AddTo(Tensor sum, Tensor x, ulong[] keys, float probability)
    {
        if (!VectorKernels.Available || !NativeData.Fits(x) || !NativeData.Fits(sum))
        {
            using Tensor dropped = Stock(x, keys, probability);
            sum.add_(dropped);
        }
        else
        {
            VectorKernels.Run(x.dtype, new Kernel(x, sum, keys, probability, add: true));
        }
    }

    private static Tensor Stock(Tensor x, ulong[] keys, float probability)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor mask = DropoutMask.Create(keys, (int)x.shape[1], probability, DropoutMask.KeptScale(probability), ScalarType.Float32, x.device);
        return (x.to(ScalarType.Float32) * mask).to(x.dtype).alias().MoveToOuterDisposeScope();
    }

    private readonly struct Kernel(Tensor x, Tensor result, ulong[] keys, float probability, bool add) : IVectorKernel
    {
        public void Run<TLanes, TVector>()
            where TLanes : ILanes
            where TVector : struct, IVector<TVector>
        {
            (int rows, int columns, ulong[] rowKeys, bool sums) = ((int)x.shape[0], (int)x.shape[1], keys, add);
            byte* source = NativeData.Pointer(x), target = NativeData.Pointer(result);
            uint threshold = DropoutMask.Threshold(probability);
            float kept = DropoutMask.KeptScale(probability);
            KernelThreads.For(rows, RowsPerChunk, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (begin, end) =>
            {
                for (int row = begin; row < end; row++)
                {
                    nint start = (nint)row * columns;
                    ulong key = rowKeys[row];
                    for (int i = 0; i < columns; i += 2 * TVector.Count)
                    {
                        (TVector low, TVector high) = TLanes.Load<TVector>(source, start + i);
                        DropoutMask.Apply(key, i, threshold, kept, ref low, ref high);
                        if (sums)
                        {
                            (TVector lowSum, TVector highSum) = TLanes.Load<TVector>(target, start + i);
                            low += lowSum;
                            high += highSum;
                        }

                        TLanes.Store(target, start + i, low, high);
                    }
                }
            });
        }
    }
}
