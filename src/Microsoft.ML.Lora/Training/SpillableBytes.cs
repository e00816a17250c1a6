namespace Microsoft.ML.Lora.Training;

/// <summary>
/// A growing array of bytes in blocks that begins in memory and can move to a file. Written front to back, with gaps that read as 0; reading
/// is safe from many threads once <see cref="Complete"/> was called.
/// </summary>
internal sealed class SpillableBytes : IDisposable
{
    private const int BlockBits = 16;
    private const int BlockSize = 1 << BlockBits;

    private readonly List<byte[]?> _blocks = [];
    private SpillFile? _file;

    /// <summary>Bytes held in memory.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Writes bytes; not before an earlier block than the last one written.</summary>
    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int block = checked((int)(position >> BlockBits)), offset = (int)(position & (BlockSize - 1));
            int count = Math.Min(bytes.Length, BlockSize - offset);
            bytes[..count].CopyTo(BlockToWrite(block).AsSpan(offset));
            bytes = bytes[count..];
            position += count;
        }
    }

    /// <summary>Reads bytes.</summary>
    public void Read(long position, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int block = (int)(position >> BlockBits), offset = (int)(position & (BlockSize - 1));
            Span<byte> part = bytes[..Math.Min(bytes.Length, BlockSize - offset)];
            if (block < _blocks.Count && _blocks[block] is { } memory)
                memory.AsSpan(offset, part.Length).CopyTo(part);
            else if (_file is not null)
                _file.Read(position, part);
            else
                part.Clear();
            bytes = bytes[part.Length..];
            position += part.Length;
        }
    }

    /// <summary>From now on in a file; the block being written stays in memory until it is full.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Spill(string folder)
    {
        _file ??= new SpillFile(folder);
        Flush(_blocks.Count - 1);
    }

    /// <summary>Nothing more will be written.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Complete()
    {
        if (_file is null)
            return;
        Flush(_blocks.Count);
        _blocks.Clear();
        _blocks.Capacity = 0;
    }

    /// <summary>Frees the space on the disk.</summary>
    public void Dispose() => _file?.Dispose();

    private byte[] BlockToWrite(int block)
    {
        if (block >= _blocks.Count)
        {
            if (_file is not null)
                Flush(_blocks.Count);
            while (_blocks.Count <= block)
                _blocks.Add(null);
        }

        if (_blocks[block] is { } memory)
            return memory;
        MemoryBytes += BlockSize;
        return _blocks[block] = new byte[BlockSize];
    }

    private void Flush(int end)
    {
        for (int i = 0; i < end; i++)
        {
            if (_blocks[i] is not { } memory)
                continue;
            _file!.Write((long)i << BlockBits, memory);
            _blocks[i] = null;
            MemoryBytes -= BlockSize;
        }
    }
}
