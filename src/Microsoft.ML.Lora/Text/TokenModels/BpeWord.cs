using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>A piece while its parts are merged: a linked list in arrays.</summary>
internal ref struct BpeWord(Span<int> ids, Span<int> bytes, Span<int> units, Span<int> next)
{
    /// <summary>Up to this many parts the lowest rank is looked for by reading all of them.</summary>
    private const int LongestScan = 24;

    private int _count;

    public readonly Span<int> Ids { get; } = ids;

    /// <summary>Length of each part in UTF-8 bytes.</summary>
    public readonly Span<int> Bytes { get; } = bytes;

    /// <summary>Length of each part in UTF-16 units.</summary>
    public readonly Span<int> Units { get; } = units;

    /// <summary>The part after each; -1 = none.</summary>
    public readonly Span<int> Next { get; } = next;

    /// <summary>The first part; -1 = none.</summary>
    public readonly int First => _count == 0 ? -1 : 0;

    public void Add(int id, int byteLength, int unitLength)
    {
        if (_count > 0)
            Next[_count - 1] = _count;
        Ids[_count] = id;
        Bytes[_count] = byteLength;
        Units[_count] = unitLength;
        Next[_count] = -1;
        _count++;
    }

    /// <summary>Merges what can be merged.</summary>
    /// <param name="merges">The merges.</param>
    /// <param name="scratch">Memory.</param>
    /// <param name="opener">
    /// An id that no merge has after another one (see <see cref="MergeTable.FindOpener"/>): what stands between such places is merged by itself, with
    /// the same result. -1: none.
    /// </param>
    public readonly void Merge(MergeTable merges, ModelScratch scratch, int opener)
    {
        int from = 0;
        for (int i = 1; opener >= 0 && i < _count; i++)
        {
            if (Ids[i] != opener || Ids[i - 1] == opener)
                continue;
            // The part that is last now may be gone afterwards.
            Next[i - 1] = -1;
            int last = Merge(from, i, merges, scratch);
            Next[last] = i;
            from = i;
        }

        if (from < _count)
            Merge(from, _count, merges, scratch);
    }

    // Merges a stretch of the list that ends with -1; the place of what is its last part then.
    private readonly int Merge(int from, int to, MergeTable merges, ModelScratch scratch)
    {
        if (to - from > LongestScan)
            MergeByHeap(from, to, merges, scratch);
        else if (to - from > 1)
            MergeByScan(from, to, merges);
        int last = from;
        while (Next[last] >= 0)
            last = Next[last];
        return last;
    }

    private readonly void Join(int left, int merged)
    {
        int right = Next[left];
        Ids[left] = merged;
        Bytes[left] += Bytes[right];
        Units[left] += Units[right];
        Next[left] = Next[right];
    }

    private readonly void MergeByScan(int from, int to, MergeTable merges)
    {
        // The merge of each part with the next one, kept up to date around each merge.
        Span<long> pairs = stackalloc long[LongestScan];
        for (int i = from; i < to - 1; i++)
            pairs[i - from] = merges.Get(Ids[i], Ids[i + 1]);
        while (true)
        {
            int best = -1;
            long lowest = long.MaxValue;
            for (int i = from; Next[i] >= 0; i = Next[i])
            {
                long pair = pairs[i - from];
                if (pair >= 0 && pair >> 32 < lowest)
                {
                    lowest = pair >> 32;
                    best = i;
                }
            }

            if (best < 0)
                return;
            Join(best, (int)(uint)pairs[best - from]);
            pairs[best - from] = Next[best] < 0 ? -1 : merges.Get(Ids[best], Ids[Next[best]]);
            int before = -1;
            for (int i = from; i != best; i = Next[i])
                before = i;
            if (before >= 0)
                pairs[before - from] = merges.Get(Ids[before], Ids[best]);
        }
    }

    private readonly void MergeByHeap(int from, int to, MergeTable merges, ModelScratch scratch)
    {
        Span<int> previous = scratch.Ints(5, _count);
        MergeQueue queue = scratch.Queue;
        queue.Clear();
        for (int i = from; i < to; i++)
        {
            previous[i] = i == from ? -1 : i - 1;
            if (i + 1 < to)
                queue.Add(merges.Get(Ids[i], Ids[i + 1]), i);
        }

        while (queue.TryTake(out int merged, out int left))
        {
            // Parts that are gone have no length; pairs that have changed since are not what was queued.
            if (Bytes[left] == 0 || Next[left] < 0)
                continue;
            int right = Next[left];
            long present = merges.Get(Ids[left], Ids[right]);
            if (present < 0 || (int)(uint)present != merged)
                continue;
            Join(left, merged);
            Bytes[right] = 0;
            if (Next[left] >= 0)
            {
                previous[Next[left]] = left;
                queue.Add(merges.Get(Ids[left], Ids[Next[left]]), left);
            }

            if (previous[left] >= 0)
                queue.Add(merges.Get(Ids[previous[left]], Ids[left]), previous[left]);
        }
    }
}
