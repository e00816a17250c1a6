namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>Merges that are possible, the one of lowest rank first, of equal ones the leftmost; reused from piece to piece.</summary>
internal sealed class MergeQueue
{
    private readonly PriorityQueue<int, long> _queue = new();

    public void Clear() => _queue.Clear();

    /// <summary>Adds a pair as <see cref="MergeTable.Get"/> gives it; one that does not merge (-1) is left out.</summary>
    public void Add(long merge, int position)
    {
        if (merge >= 0)
            _queue.Enqueue((int)(uint)merge, (merge >> 32 << 32) | (uint)position);
    }

    /// <summary>Takes the next merge: what it makes, and where.</summary>
    public bool TryTake(out int merged, out int position)
    {
        bool found = _queue.TryDequeue(out merged, out long priority);
        position = (int)(uint)priority;
        return found;
    }
}
