using System.Buffers;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// Attention over short rows, one row and head at a time: scores, softmax, dropout and sums stay in the cache and in float32, nothing of size
/// length x length reaches the memory, and backward computes the probabilities again. Where rows have many lengths this saves a dozen calls of
/// libtorch per length, layer and direction, which cost more than the work.
/// </summary>
internal static unsafe class ShortAttention
{
    /// <summary>
    /// Longer rows go to libtorch's batched products. In float32 those take longer at every length up to 512, beyond which the buffers outgrow the
    /// second cache. In bfloat16, which they multiply in hardware, they take longer up to 128 tokens and a little less from 192 to 256, but keep all
    /// probabilities for backward (2 * heads * length * length bytes a row and layer); from 384 on time decides (benchmark <c>attention</c>).
    /// </summary>
    public static int Longest(ScalarType type) => type == ScalarType.BFloat16 ? 256 : 512;

    /// <summary>Whether heads of this size can be computed here.</summary>
    public static bool Fits(int headSize) => headSize % 32 == 0;

    /// <summary>Writes the attention of the rows of <paramref name="blocks"/>.</summary>
    /// <param name="qkv">(N, 3 * heads * d), contiguous.</param>
    /// <param name="result">(N, heads * d), contiguous; where only the first queries are wanted (rows, heads * d).</param>
    /// <param name="blocks">The rows to compute; those of others are left alone.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="probability">The probability of dropping an attention probability, where blocks have keys.</param>
    /// <param name="firstOnly">Whether only the first token of each row asks; all are asked.</param>
    public static void Forward(Tensor qkv, Tensor result, IReadOnlyList<PlacedBlock> blocks, int heads, float probability, bool firstOnly)
    {
        VectorKernels.Run(qkv.dtype, new Kernel(qkv, null, result, blocks, heads, probability, firstOnly));
    }

    /// <summary>Writes the gradient of the projections for the rows of <paramref name="blocks"/>.</summary>
    /// <param name="qkv">As in forward.</param>
    /// <param name="upstream">The gradient of forward's result, contiguous.</param>
    /// <param name="result">(N, 3 * heads * d), contiguous.</param>
    /// <param name="blocks">As in forward.</param>
    /// <param name="heads">As in forward.</param>
    /// <param name="probability">As in forward.</param>
    /// <param name="firstOnly">As in forward.</param>
    public static void Backward(
        Tensor qkv, Tensor upstream, Tensor result, IReadOnlyList<PlacedBlock> blocks, int heads, float probability, bool firstOnly)
    {
        VectorKernels.Run(qkv.dtype, new Kernel(qkv, upstream, result, blocks, heads, probability, firstOnly));
    }

    private static void Run<TLanes, TVector>(
        Tensor qkv, Tensor? upstream, Tensor result, IReadOnlyList<PlacedBlock> blocks, int heads, float probability, bool firstOnly)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        int longest = blocks.Max(placed => placed.Block.Length), size = (int)(qkv.shape[1] / 3 / heads);
        (AttentionBlock Block, int Row, int Output)[] work = [.. blocks.SelectMany(placed => Enumerable.Range(0, placed.Block.Rows).Select(row =>
            (placed.Block, row, firstOnly ? placed.FirstRow + row : placed.Block.FirstToken + (row * placed.Block.Length))))];

        // Long rows first: what is left for the end is small, so no thread waits long for another.
        Array.Reverse(work);
        byte* source = NativeData.Pointer(qkv), target = NativeData.Pointer(result), gradient = upstream is null ? null : NativeData.Pointer(upstream);
        var dropout = (Threshold: (uint)DropoutMask.Threshold(probability), Kept: DropoutMask.KeptScale(probability));
        KernelThreads.For(work.Length, 1, (begin, end) =>
        {
            float[] rented = ArrayPool<float>.Shared.Rent(HeadScratch.Elements(longest, size) + 16);
            fixed (float* start = rented)
            {
                // On a boundary of 64 bytes no vector lies across two cache lines.
                var scratch = new HeadScratch((float*)(((nint)start + 63) & ~(nint)63), longest, size);
                HeadPlace place = Place(begin, 0);
                place.Prefetch<TLanes>(0, place.Length);
                for (int i = begin; i < end; i++)
                {
                    (AttentionBlock block, int row, _) = work[i];
                    for (int head = 0; head < heads; head++)
                    {
                        HeadPlace next = head + 1 < heads ? Place(i, head + 1) : i + 1 < end ? Place(i + 1, 0) : default;
                        ReadOnlySpan<ulong> keys = block.Keys is null ? default : block.Keys.AsSpan(((row * heads) + head) * block.Length, block.Length);
                        if (gradient is null)
                            HeadAttention.Forward<TLanes, TVector>(place, next, scratch, keys, dropout.Threshold, dropout.Kept);
                        else
                            HeadAttention.Backward<TLanes, TVector>(place, next, scratch, keys, dropout.Threshold, dropout.Kept);
                        place = next;
                    }
                }
            }

            ArrayPool<float>.Shared.Return(rented);
        });

        HeadPlace Place(int index, int head)
        {
            (AttentionBlock block, int row, int output) = work[index];
            return new HeadPlace(
                source, target, gradient, block.FirstToken + ((nint)row * block.Length), output, block.Length, firstOnly ? 1 : block.Length,
                heads * size, head * size, size);
        }
    }

    private readonly struct Kernel(
        Tensor qkv, Tensor? upstream, Tensor result, IReadOnlyList<PlacedBlock> blocks, int heads, float probability, bool firstOnly) : IVectorKernel
    {
        public void Run<TLanes, TVector>()
            where TLanes : ILanes
            where TVector : struct, IVector<TVector> => ShortAttention.Run<TLanes, TVector>(qkv, upstream, result, blocks, heads, probability, firstOnly);
    }
}
