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

    public readonly void Merge(MergeTable merges, ModelScratch scratch)
    {
        if (_count < 2)
            return;
        if (_count <= LongestScan)
            MergeByScan(merges);
        else
            MergeByHeap(merges, scratch);
    }

    private readonly void Join(int left, int merged)
    {
        int right = Next[left];
        Ids[left] = merged;
        Bytes[left] += Bytes[right];
        Units[left] += Units[right];
        Next[left] = Next[right];
    }

    private readonly void MergeByScan(MergeTable merges)
    {
        // The merge of each part with the next one, kept up to date around each merge.
        Span<long> pairs = stackalloc long[LongestScan];
        for (int i = 0; i < _count - 1; i++)
            pairs[i] = merges.Get(Ids[i], Ids[i + 1]);
        while (true)
        {
            int best = -1;
            long lowest = long.MaxValue;
            for (int i = 0; Next[i] >= 0; i = Next[i])
            {
                if (pairs[i] >= 0 && pairs[i] >> 32 < lowest)
                {
                    lowest = pairs[i] >> 32;
                    best = i;
                }
            }

            if (best < 0)
                return;
            Join(best, (int)(uint)pairs[best]);
            pairs[best] = Next[best] < 0 ? -1 : merges.Get(Ids[best], Ids[Next[best]]);
            int before = -1;
            for (int i = 0; i != best; i = Next[i])
                before = i;
            if (before >= 0)
                pairs[before] = merges.Get(Ids[before], Ids[best]);
        }
    }

    private readonly void MergeByHeap(MergeTable merges, ModelScratch scratch)
    {
        Span<int> previous = scratch.Ints(5, _count);
        MergeQueue queue = scratch.Queue;
        queue.Clear();
        for (int i = 0; i < _count; i++)
        {
            previous[i] = i - 1;
            if (i + 1 < _count)
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
