namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// Attention of one row and head, forward and backward, a block of queries at a time. Scores lie by key, then by query; see <see cref="SoftmaxColumns"/>.
/// </summary>
internal static unsafe class HeadAttention
{
    /// <summary>Queries a block. Forward's weights stay in the first cache; backward adds to the gradients of key and value once a block, so fewer are better.</summary>
    private const int ForwardBlock = 32, BackwardBlock = HeadScratch.MaxBlock;

    private const float Ln2 = 0.693147181f;

    /// <summary>Writes the head's part of the result.</summary>
    /// <param name="place">Where the head lies.</param>
    /// <param name="next">The head after it, of which nothing is computed yet.</param>
    /// <param name="scratch">Buffers.</param>
    /// <param name="keys">A dropout key per query, or none.</param>
    /// <param name="threshold">See <see cref="DropoutMask.Threshold"/>.</param>
    /// <param name="kept">See <see cref="DropoutMask.KeptScale"/>.</param>
    public static void Forward<TLanes, TVector>(
        in HeadPlace place, in HeadPlace next, in HeadScratch scratch, ReadOnlySpan<ulong> keys, uint threshold, float kept)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        (int length, int size) = (place.Length, place.Size);
        var ahead = new HeadAhead(next, 2 * Blocks(place.Queries, ForwardBlock));
        place.LoadPart<TLanes, TVector>(1, 0, length, 1, scratch.Key);
        place.LoadPart<TLanes, TVector>(2, 0, length, 1, scratch.Value);
        for (int first = 0; first < place.Queries; first += ForwardBlock)
        {
            int count = Math.Min(place.Queries - first, ForwardBlock), width = HeadScratch.Padded(count);
            Weights<TLanes, TVector>(place, scratch, first, count, keys, threshold, kept, clear: true, ref ahead);
            ahead.Step<TLanes>();
            SmallProduct.Multiply<TVector>(scratch.Weights, 1, width, scratch.Value, size, scratch.Query, size, count, length, size);
            place.StoreResult<TLanes, TVector>(first, count, scratch.Inverse, scratch.Query);
        }
    }

    /// <summary>Writes the gradient of the head's query, key and value.</summary>
    /// <param name="place">As in forward.</param>
    /// <param name="next">As in forward.</param>
    /// <param name="scratch">As in forward.</param>
    /// <param name="keys">As in forward.</param>
    /// <param name="threshold">As in forward.</param>
    /// <param name="kept">As in forward.</param>
    public static void Backward<TLanes, TVector>(
        in HeadPlace place, in HeadPlace next, in HeadScratch scratch, ReadOnlySpan<ulong> keys, uint threshold, float kept)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        (int length, int size) = (place.Length, place.Size);
        var ahead = new HeadAhead(next, 5 * Blocks(place.Queries, BackwardBlock));
        place.LoadPart<TLanes, TVector>(1, 0, length, 1, scratch.Key);
        place.LoadPart<TLanes, TVector>(2, 0, length, 1, scratch.Value);
        for (int first = 0; first < place.Queries; first += BackwardBlock)
        {
            int count = Math.Min(place.Queries - first, BackwardBlock), width = HeadScratch.Padded(count);
            Weights<TLanes, TVector>(place, scratch, first, count, keys, threshold, kept, clear: false, ref ahead);

            // The gradient of the dropped probabilities: value times upstream, in which the division by the sums is done.
            place.LoadUpstream<TLanes, TVector>(first, count, scratch.Inverse, scratch.Upstream);
            SmallTranspose.Run(scratch.Upstream, count, size, scratch.Transposed, width);
            ahead.Step<TLanes>();
            SmallProduct.Multiply<TVector>(scratch.Value, size, 1, scratch.Transposed, width, scratch.Slopes, width, length, size, width);
            SoftmaxColumns.Backward<TVector>(scratch.Weights, scratch.Slopes, length, width, keys.IsEmpty ? 1 : kept, scratch.Inverse);

            // Value: probabilities times upstream. Key and query: the gradient of the scores times the other.
            bool add = first > 0;
            ahead.Step<TLanes>();
            SmallProduct.Multiply<TVector>(scratch.Weights, width, 1, scratch.Upstream, size, scratch.ValueGradient, size, length, count, size, add);
            ahead.Step<TLanes>();
            SmallProduct.Multiply<TVector>(scratch.Slopes, width, 1, scratch.Query, size, scratch.KeyGradient, size, length, count, size, add);
            ahead.Step<TLanes>();
            SmallProduct.Multiply<TVector>(scratch.Slopes, 1, width, scratch.Key, size, scratch.Upstream, size, count, length, size);
            place.StorePart<TLanes, TVector>(0, first, count, Scale(size), scratch.Upstream);
        }

        // The queries had the scale and the change of base in them.
        place.StorePart<TLanes, TVector>(1, 0, length, Ln2, scratch.KeyGradient);
        place.StorePart<TLanes, TVector>(2, 0, length, 1, scratch.ValueGradient);
        place.ClearQueries<TLanes>();
    }

    private static int Blocks(int queries, int block) => (queries + block - 1) / block;

    private static float Scale(int size) => 1 / MathF.Sqrt(size);

    /// <summary>A block's queries, and their weights before the division by the sums; where there is dropout those that are dropped are negative.</summary>
    private static void Weights<TLanes, TVector>(
        in HeadPlace place, in HeadScratch scratch, int first, int count, ReadOnlySpan<ulong> keys, uint threshold, float kept,
        bool clear, ref HeadAhead ahead)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        (int length, int size, int width) = (place.Length, place.Size, HeadScratch.Padded(count));
        place.LoadPart<TLanes, TVector>(0, first, count, Scale(size) / Ln2, scratch.Query);
        SmallTranspose.Run(scratch.Query, count, size, scratch.Transposed, width);
        ahead.Step<TLanes>();
        SmallProduct.Multiply<TVector>(scratch.Key, size, 1, scratch.Transposed, width, scratch.Weights, width, length, size, width);
        if (keys.IsEmpty)
        {
            SoftmaxColumns.Weights<TVector>(scratch.Weights, length, width, 1, scratch.Inverse);
            return;
        }

        for (int i = 0; i < width; i++)
        {
            ulong key = i < count ? keys[first + i] : 0;
            (scratch.LowKeys[i], scratch.HighKeys[i]) = ((uint)key, (uint)(key >> 32));
        }

        SoftmaxColumns.DroppedWeights<TVector>(scratch.Weights, length, width, kept, scratch.Inverse, threshold, scratch.LowKeys, scratch.HighKeys, clear);
    }
}
