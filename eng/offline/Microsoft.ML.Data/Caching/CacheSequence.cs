namespace Microsoft.ML.Data;

/// <summary>The rows that one cursor over a cache visits, and in which order.</summary>
internal sealed class CacheSequence(RowGate[] gates, Func<long?> rowCount, int[] order, CacheBlocks blocks = null)
{
    private long _place = -1;

    public long Batch { get; private set; } = blocks == null ? 0 : -1;

    public int Row { get; private set; } = -1;

    public bool MoveNext()
    {
        if (blocks == null || (_place >= 0 && (_place + 1) % CacheBlocks.Size != 0))
        {
            _place++;
        }
        else
        {
            Batch = blocks.Next(Batch);
            _place = Batch * CacheBlocks.Size;
        }
        if (order != null && _place >= order.Length)
            return false;
        long row = order == null ? _place : order[_place];
        foreach (var gate in gates)
            gate.Wait(row);
        Row = (int)row;
        return !(row >= rowCount());
    }
}
