using System.Runtime.InteropServices;

namespace Microsoft.ML.Lora.Training;

/// <summary>
/// Token ids of many rows as 16-bit numbers (with 16 more where an id needs them), so that a row costs its tokens, its length and a
/// sixty-fourth of an offset. What does not fit into the given memory lies in a file. Append-only; reading is safe from many threads after
/// <see cref="Complete"/>.
/// </summary>
internal sealed class TokenStore(TokenCache cache) : IDisposable
{
    private const int RowsPerStart = 64;

    private readonly CompactInts _lengths = new();
    private readonly List<long> _starts = []; // of every 64th row
    private readonly SpillableBytes _low = new();
    private SpillableBytes? _high;
    private SpillableBytes? _types;
    private bool _spilled;

    /// <summary>Number of rows.</summary>
    public int Count => _lengths.Count;

    /// <summary>Tokens of all rows.</summary>
    public long TokenCount { get; private set; }

    /// <summary>Whether token ids lie in a file.</summary>
    public bool IsSpilled => _spilled;

    private IEnumerable<SpillableBytes> Parts => new[] { _low, _high, _types }.OfType<SpillableBytes>();

    /// <summary>Appends a row.</summary>
    /// <param name="ids">At least one token.</param>
    /// <param name="typeIds">As many segments, or empty for all zero.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Add(ReadOnlySpan<int> ids, ReadOnlySpan<byte> typeIds)
    {
        if (ids.IsEmpty)
            throw new ArgumentException("A row needs at least one token.", nameof(ids));
        if (!typeIds.IsEmpty && typeIds.Length != ids.Length)
            throw new ArgumentException($"A row has {ids.Length} tokens and {typeIds.Length} type ids.", nameof(typeIds));
        Span<ushort> low = ids.Length <= 1024 ? stackalloc ushort[ids.Length] : new ushort[ids.Length];
        bool hasHigh = false;
        for (int i = 0; i < ids.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(ids[i], nameof(ids));
            low[i] = (ushort)ids[i];
            hasHigh |= ids[i] > ushort.MaxValue;
        }

        _low.Write(TokenCount * sizeof(ushort), MemoryMarshal.AsBytes(low));
        if (hasHigh)
        {
            for (int i = 0; i < ids.Length; i++)
                low[i] = (ushort)(ids[i] >> 16);
            (_high ??= NewPart()).Write(TokenCount * sizeof(ushort), MemoryMarshal.AsBytes(low));
        }

        if (typeIds.ContainsAnyExcept((byte)0))
            (_types ??= NewPart()).Write(TokenCount, typeIds);
        if (_lengths.Count % RowsPerStart == 0)
            _starts.Add(TokenCount);
        _lengths.Add(ids.Length);
        TokenCount += ids.Length;
        if (!_spilled && Parts.Sum(p => p.MemoryBytes) > cache.MemoryBytes)
            Spill();
    }

    /// <summary>Nothing more will be added: gives memory back that was kept for more.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Complete()
    {
        foreach (SpillableBytes part in Parts)
            part.Complete();
        _lengths.Trim();
        _starts.TrimExcess();
    }

    /// <summary>Tokens of a row.</summary>
    public int Length(int row) => _lengths[row];

    /// <summary>The ids of a row, a new array.</summary>
    public int[] Ids(int row)
    {
        int[] ids = new int[Length(row)];
        long start = Start(row);
        Span<ushort> half = ids.Length <= 1024 ? stackalloc ushort[ids.Length] : new ushort[ids.Length];
        _low.Read(start * sizeof(ushort), MemoryMarshal.AsBytes(half));
        for (int i = 0; i < ids.Length; i++)
            ids[i] = half[i];
        if (_high is null)
            return ids;
        _high.Read(start * sizeof(ushort), MemoryMarshal.AsBytes(half));
        for (int i = 0; i < ids.Length; i++)
            ids[i] |= half[i] << 16;
        return ids;
    }

    /// <summary>The segments of a row, a new array, or null when no row has any.</summary>
    public byte[]? TypeIds(int row)
    {
        if (_types is null)
            return null;
        byte[] types = new byte[Length(row)];
        _types.Read(Start(row), types);
        return types;
    }

    /// <summary>Frees the space on the disk.</summary>
    public void Dispose()
    {
        foreach (SpillableBytes part in Parts)
            part.Dispose();
    }

    private long Start(int row)
    {
        long start = _starts[row / RowsPerStart];
        for (int i = row - (row % RowsPerStart); i < row; i++)
            start += _lengths[i];
        return start;
    }

    private void Spill()
    {
        string folder = cache.Folder ?? Path.GetTempPath();
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"TrainingOptions.TokenCacheDirectory: the folder '{folder}' cannot be made: {e.Message}", e);
        }

        _spilled = true;
        foreach (SpillableBytes part in Parts)
            part.Spill(folder);
    }

    private SpillableBytes NewPart()
    {
        var part = new SpillableBytes();
        if (_spilled)
            part.Spill(cache.Folder ?? Path.GetTempPath());
        return part;
    }
}
