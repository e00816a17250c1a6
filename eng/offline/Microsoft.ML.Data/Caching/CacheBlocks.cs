namespace Microsoft.ML.Data;

/// <summary>Hands blocks of 64 rows to the cursors of a set: the first ones as they come, then every n-th.</summary>
internal sealed class CacheBlocks(int cursors)
{
    public const int Size = 64;
    private long _last = -1;

    public long Next(long done) => done < 0 ? Interlocked.Increment(ref _last) : done + cursors;
}
