using System.Buffers.Binary;

namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>Reads a part of a file from front to back. Every length is checked against what is left before anything is allocated.</summary>
/// <param name="source">The file; not owned.</param>
/// <param name="position">Where the part begins.</param>
/// <param name="end">Where it ends.</param>
internal sealed class PickleStream(ByteSource source, long position, long end)
{
    private readonly byte[] _buffer = new byte[(int)Math.Clamp(end - position, 0, 1 << 16)];
    private int _next;
    private int _filled;

    /// <summary>What messages call the file.</summary>
    public string Name => source.Name;

    /// <summary>How long the whole file is.</summary>
    public long FileLength => source.Length;

    /// <summary>Where the next byte lies in the file.</summary>
    public long Position { get; private set; } = position;

    /// <summary>How many bytes are left.</summary>
    public long Left => end - Position;

    public byte ReadByte()
    {
        Need(1);
        if (_next == _filled)
            Fill();
        Position++;
        return _buffer[_next++];
    }

    public ushort ReadUInt16()
    {
        Span<byte> bytes = stackalloc byte[2];
        Read(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Read(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public long ReadInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    public double ReadBigEndianDouble()
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(bytes);
        return BinaryPrimitives.ReadDoubleBigEndian(bytes);
    }

    /// <summary>A block of a length that the file gives.</summary>
    /// <param name="length">As it was read; a negative one is refused.</param>
    /// <param name="what">For messages.</param>
    public byte[] ReadBlock(long length, string what)
    {
        CheckLength(length, what);
        byte[] block = new byte[length];
        Read(block);
        return block;
    }

    /// <summary>Refuses a length that is negative or more than what is left.</summary>
    public void CheckLength(long length, string what)
    {
        if (length < 0 || length > Math.Min(Left, Array.MaxLength))
            throw Error($"the length of {what} is wrong", $"{length}", $"at most {Left}, the bytes left");
    }

    /// <summary>A text that ends with a line feed, without it.</summary>
    public byte[] ReadLine(int maxLength)
    {
        var line = new List<byte>();
        for (byte next; (next = ReadByte()) != (byte)'\n';)
        {
            if (line.Count == maxLength)
                throw Error("a line is too long", $"{line.Count} bytes without an end", $"at most {maxLength} bytes");
            line.Add(next);
        }

        return [.. line];
    }

    public void Skip(long length)
    {
        Need(length);
        long buffered = Math.Min(length, _filled - _next);
        _next += (int)buffered;
        Position += length;
        if (buffered < length)
            _next = _filled = 0;
    }

    /// <summary>An error at the present position.</summary>
    public LoraFormatException Error(string problem, string found, string expected) => new(Name, problem, null, Position, found, expected);

    private void Read(Span<byte> destination)
    {
        Need(destination.Length);
        int buffered = Math.Min(destination.Length, _filled - _next);
        _buffer.AsSpan(_next, buffered).CopyTo(destination);
        _next += buffered;
        if (buffered < destination.Length)
            source.Read(Position + buffered, destination[buffered..]);
        Position += destination.Length;
        if (buffered < destination.Length)
            _next = _filled = 0;
    }

    private void Need(long length)
    {
        if (length > Left)
            throw Error("the data ends too early", $"{Left} bytes", $"{length} more");
    }

    private void Fill()
    {
        _filled = (int)Math.Min(_buffer.Length, Left);
        _next = 0;
        source.Read(Position, _buffer.AsSpan(0, _filled));
    }
}
