namespace Microsoft.ML.Lora.Training;

/// <summary>
/// Token ids of many rows in large blocks of 16-bit numbers (32-bit where an id needs them), so that a row costs its tokens and one offset
/// and the garbage collector sees a handful of arrays. Append-only; reading is safe from many threads once it is filled.
/// </summary>
internal sealed class TokenStore
{
    private const int BlockBits = 18;
    private const int BlockSize = 1 << BlockBits;

    private readonly List<ushort[]> _low = [];
    private readonly List<ushort[]?> _high = [];
    private readonly List<byte[]?> _types = [];
    private long[] _starts = new long[16];
    private bool _hasHigh;
    private bool _hasTypes;

    /// <summary>Number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Tokens of all rows.</summary>
    public long TokenCount => _starts[Count];

    /// <summary>Appends a row.</summary>
    /// <param name="ids">At least one token.</param>
    /// <param name="typeIds">As many segments, or empty for all zero.</param>
    public void Add(ReadOnlySpan<int> ids, ReadOnlySpan<byte> typeIds)
    {
        if (ids.IsEmpty)
            throw new ArgumentException("A row needs at least one token.", nameof(ids));
        if (!typeIds.IsEmpty && typeIds.Length != ids.Length)
            throw new ArgumentException($"A row has {ids.Length} tokens and {typeIds.Length} type ids.", nameof(typeIds));
        if (Count + 1 == _starts.Length)
            Array.Resize(ref _starts, checked(_starts.Length * 2));
        long position = _starts[Count];
        for (int i = 0; i < ids.Length; i++, position++)
        {
            int block = (int)(position >> BlockBits), offset = (int)(position & (BlockSize - 1));
            if (block == _low.Count)
            {
                _low.Add(new ushort[BlockSize]);
                _high.Add(null);
                _types.Add(null);
            }

            int id = ids[i];
            ArgumentOutOfRangeException.ThrowIfNegative(id, nameof(ids));
            _low[block][offset] = (ushort)id;
            if (id > ushort.MaxValue)
            {
                (_high[block] ??= new ushort[BlockSize])[offset] = (ushort)(id >> 16);
                _hasHigh = true;
            }

            if (!typeIds.IsEmpty && typeIds[i] != 0)
            {
                (_types[block] ??= new byte[BlockSize])[offset] = typeIds[i];
                _hasTypes = true;
            }
        }

        _starts[++Count] = position;
    }

    /// <summary>Tokens of a row.</summary>
    public int Length(int row) => (int)(_starts[row + 1] - _starts[row]);

    /// <summary>The ids of a row, a new array.</summary>
    public int[] Ids(int row)
    {
        int[] ids = new int[Length(row)];
        long position = _starts[row];
        for (int i = 0; i < ids.Length; i++, position++)
        {
            int block = (int)(position >> BlockBits), offset = (int)(position & (BlockSize - 1));
            ids[i] = _low[block][offset] | (_hasHigh && _high[block] is { } high ? high[offset] << 16 : 0);
        }

        return ids;
    }

    /// <summary>The segments of a row, a new array, or null when no row has any.</summary>
    public byte[]? TypeIds(int row)
    {
        if (!_hasTypes)
            return null;
        byte[] types = new byte[Length(row)];
        long position = _starts[row];
        for (int i = 0; i < types.Length; i++, position++)
            types[i] = _types[(int)(position >> BlockBits)] is { } block ? block[(int)(position & (BlockSize - 1))] : (byte)0;
        return types;
    }
}
