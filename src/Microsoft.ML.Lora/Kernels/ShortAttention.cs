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
    /// Longer rows go to libtorch's batched products. In float32 these never catch up, and the buffers should stay in the cache. In bfloat16, which
    /// they multiply in hardware, they are a little faster from some 64 tokens on, but keep all probabilities for backward: 75 MB for 16 rows of 128
    /// in BERT-base, for 1 or 2 % of a step (benchmarks <c>attention</c> and <c>memory</c>).
    /// </summary>
    public static int Longest(ScalarType type) => type == ScalarType.BFloat16 ? 128 : 256;

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
        int rows = blocks.Sum(placed => placed.Block.Rows), longest = blocks.Max(placed => placed.Block.Length);
        int size = (int)(qkv.shape[1] / 3 / heads);
        var work = new (AttentionBlock Block, int Row, int Output)[rows];
        int next = 0;
        foreach ((AttentionBlock block, int firstRow) in blocks)
        {
            for (int row = 0; row < block.Rows; row++)
                work[next++] = (block, row, firstOnly ? firstRow + row : block.FirstToken + (row * block.Length));
        }

        // Long rows first: what is left for the end is small, so no thread waits long for another.
        Array.Reverse(work);
        byte* source = NativeData.Pointer(qkv), target = NativeData.Pointer(result), gradient = upstream is null ? null : NativeData.Pointer(upstream);
        var dropout = (Threshold: (uint)DropoutMask.Threshold(probability), Kept: DropoutMask.KeptScale(probability));
        KernelThreads.For(rows, 1, (begin, end) =>
        {
            float[] rented = ArrayPool<float>.Shared.Rent(Scratch.Elements(longest, size) + 16);
            fixed (float* start = rented)
            {
                // On a boundary of 64 bytes no vector lies across two cache lines.
                var scratch = new Scratch((float*)(((nint)start + 63) & ~(nint)63), longest, size);
                for (int i = begin; i < end; i++)
                {
                    (AttentionBlock block, int row, int output) = work[i];
                    for (int head = 0; head < heads; head++)
                    {
                        var place = new Place(
                            source, target, gradient, block.FirstToken + ((nint)row * block.Length), output, block.Length, firstOnly ? 1 : block.Length,
                            heads * size, head * size, size,
                            block.Keys.AsMemory(block.Keys is null ? 0 : ((row * heads) + head) * block.Length));
                        if (gradient is null)
                            ForwardHead<TLanes, TVector>(place, scratch, dropout.Threshold, dropout.Kept);
                        else
                            BackwardHead<TLanes, TVector>(place, scratch, dropout.Threshold, dropout.Kept);
                    }
                }
            }

            ArrayPool<float>.Shared.Return(rented);
        });
    }

    private static void ForwardHead<TLanes, TVector>(in Place place, in Scratch scratch, uint threshold, float kept)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        (int length, int queries, int size) = (place.Length, place.Queries, place.Size);
        int padded = SoftmaxRow.Padded(length);
        Probabilities<TLanes, TVector>(place, scratch);
        place.LoadPart<TLanes, TVector>(2, length, scratch.Value);
        if (!place.Keys.IsEmpty)
        {
            ReadOnlySpan<ulong> keys = place.Keys.Span;
            for (int i = 0; i < queries; i++)
                SoftmaxRow.Drop<TVector>(scratch.Weights + ((nint)i * padded), scratch.Weights + ((nint)i * padded), length, keys[i], threshold, kept);
        }

        SmallProduct.Multiply<TVector>(scratch.Weights, padded, 1, scratch.Value, size, scratch.Query, size, queries, length, size);
        place.StoreResult<TLanes, TVector>(scratch.Query);
    }

    private static void BackwardHead<TLanes, TVector>(in Place place, in Scratch scratch, uint threshold, float kept)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        (int length, int queries, int size) = (place.Length, place.Queries, place.Size);
        int padded = SoftmaxRow.Padded(length);
        Probabilities<TLanes, TVector>(place, scratch);
        place.LoadPart<TLanes, TVector>(2, length, scratch.Value);
        place.LoadUpstream<TLanes, TVector>(scratch.Upstream);

        // The gradient of the dropped probabilities: upstream times the transposed value.
        SmallProduct.Transpose(scratch.Value, length, size, scratch.Transposed, padded);
        SmallProduct.Multiply<TVector>(scratch.Upstream, size, 1, scratch.Transposed, padded, scratch.Slopes, padded, queries, size, padded);
        float scale = 1 / MathF.Sqrt(size);
        float* dropped = scratch.Weights;
        ReadOnlySpan<ulong> keys = place.Keys.Span;
        for (int i = 0; i < queries; i++)
        {
            float* weights = scratch.Weights + ((nint)i * padded), slopes = scratch.Slopes + ((nint)i * padded);
            if (!keys.IsEmpty)
            {
                dropped = scratch.Dropped;
                SoftmaxRow.Drop<TVector>(weights, scratch.Dropped + ((nint)i * padded), length, keys[i], threshold, kept);
                SoftmaxRow.Drop<TVector>(slopes, slopes, length, keys[i], threshold, kept);
            }

            SoftmaxRow.Backward<TVector>(weights, slopes, length, scale);
        }

        // Value: the transposed probabilities times upstream. Query and key: the gradient of the scores times the other.
        SmallProduct.Multiply<TVector>(dropped, 1, padded, scratch.Upstream, size, scratch.Value, size, length, queries, size);
        place.StorePart<TLanes, TVector>(2, length, scratch.Value);
        SmallProduct.Multiply<TVector>(scratch.Slopes, 1, padded, scratch.Query, size, scratch.Value, size, length, queries, size);
        place.StorePart<TLanes, TVector>(1, length, scratch.Value);
        SmallProduct.Multiply<TVector>(scratch.Slopes, padded, 1, scratch.Key, size, scratch.Value, size, queries, length, size);
        new Span<float>(scratch.Value + ((nint)queries * size), (length - queries) * size).Clear();
        place.StorePart<TLanes, TVector>(0, length, scratch.Value);
    }

    /// <summary>Query and key into their places, their softmax into the weights.</summary>
    private static void Probabilities<TLanes, TVector>(in Place place, in Scratch scratch)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        (int length, int queries, int size) = (place.Length, place.Queries, place.Size);
        int padded = SoftmaxRow.Padded(length);
        place.LoadPart<TLanes, TVector>(0, queries, scratch.Query);
        place.LoadPart<TLanes, TVector>(1, length, scratch.Key);
        SmallProduct.Transpose(scratch.Key, length, size, scratch.Transposed, padded);
        SmallProduct.Multiply<TVector>(scratch.Query, size, 1, scratch.Transposed, padded, scratch.Weights, padded, queries, size, padded);
        float scale = 1 / MathF.Sqrt(size);
        for (int i = 0; i < queries; i++)
            SoftmaxRow.Forward<TVector>(scratch.Weights + ((nint)i * padded), length, scale);
    }

    /// <summary>Where one row and head lie in the tensors.</summary>
    private readonly ref struct Place(
        byte* source, byte* target, byte* gradient, nint firstToken, nint firstOutput, int length, int queries, int width, int offset, int size,
        ReadOnlyMemory<ulong> keys)
    {
        public int Length => length;

        /// <summary>How many of the tokens ask, from the first on.</summary>
        public int Queries => queries;

        public int Size => size;

        /// <summary>A key per query, or none.</summary>
        public ReadOnlyMemory<ulong> Keys => keys;

        /// <summary>Query (0), key (1) or value (2) of the first <paramref name="tokens"/> as (tokens, size).</summary>
        public void LoadPart<TLanes, TVector>(int part, int tokens, float* to)
            where TLanes : ILanes
            where TVector : struct, IVector<TVector> => Load<TLanes, TVector>(source, firstToken, tokens, 3 * width, (part * width) + offset, to);

        /// <summary>The gradient of the result as (queries, size).</summary>
        public void LoadUpstream<TLanes, TVector>(float* to)
            where TLanes : ILanes
            where TVector : struct, IVector<TVector> => Load<TLanes, TVector>(gradient, firstOutput, queries, width, offset, to);

        /// <summary>(queries, size) into the result of forward.</summary>
        public void StoreResult<TLanes, TVector>(float* from)
            where TLanes : ILanes
            where TVector : struct, IVector<TVector> => Store<TLanes, TVector>(from, firstOutput, queries, width, offset);

        /// <summary>(tokens, size) into the gradient of query (0), key (1) or value (2).</summary>
        public void StorePart<TLanes, TVector>(int part, int tokens, float* from)
            where TLanes : ILanes
            where TVector : struct, IVector<TVector> => Store<TLanes, TVector>(from, firstToken, tokens, 3 * width, (part * width) + offset);

        private void Store<TLanes, TVector>(float* from, nint first, int tokens, int stride, int column)
            where TLanes : ILanes
            where TVector : struct, IVector<TVector>
        {
            for (int token = 0; token < tokens; token++)
            {
                nint at = ((first + token) * stride) + column;
                for (int i = 0; i < size; i += 2 * TVector.Count, from += 2 * TVector.Count)
                    TLanes.Store(target, at + i, TVector.Load(from), TVector.Load(from + TVector.Count));
            }
        }

        private void Load<TLanes, TVector>(byte* data, nint first, int tokens, int stride, int column, float* to)
            where TLanes : ILanes
            where TVector : struct, IVector<TVector>
        {
            for (int token = 0; token < tokens; token++)
            {
                nint at = ((first + token) * stride) + column;
                for (int i = 0; i < size; i += 2 * TVector.Count, to += 2 * TVector.Count)
                {
                    (TVector low, TVector high) = TLanes.Load<TVector>(data, at + i);
                    low.Store(to);
                    high.Store(to + TVector.Count);
                }
            }
        }
    }

    /// <summary>The buffers of one thread.</summary>
    private readonly struct Scratch(float* start, int longest, int size)
    {
        private readonly int _vectors = longest * size;
        private readonly int _square = longest * SoftmaxRow.Padded(longest);

        public float* Query => start;

        public float* Key => start + _vectors;

        public float* Value => start + (2 * _vectors);

        public float* Upstream => start + (3 * _vectors);

        public float* Weights => start + (4 * _vectors);

        public float* Slopes => Weights + _square;

        public float* Dropped => Slopes + _square;

        /// <summary>(size, padded length).</summary>
        public float* Transposed => Dropped + _square;

        public static int Elements(int longest, int size) =>
            (4 * longest * size) + ((3 * longest) + size) * SoftmaxRow.Padded(longest);
    }

    private readonly struct Kernel(
        Tensor qkv, Tensor? upstream, Tensor result, IReadOnlyList<PlacedBlock> blocks, int heads, float probability, bool firstOnly) : IVectorKernel
    {
        public void Run<TLanes, TVector>()
            where TLanes : ILanes
            where TVector : struct, IVector<TVector> => ShortAttention.Run<TLanes, TVector>(qkv, upstream, result, blocks, heads, probability, firstOnly);
    }
}
