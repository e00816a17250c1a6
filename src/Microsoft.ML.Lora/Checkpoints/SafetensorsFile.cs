namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>A safetensors file open for reading: from disk or from memory.</summary>
internal sealed class SafetensorsFile : TensorFile
{
    private readonly ByteSource _source;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(ByteSource source, SafetensorsHeader header)
    {
        _source = source;
        _header = header;
    }

    /// <inheritdoc/>
    public override string Name => _source.Name;

    /// <inheritdoc/>
    public override string? Path => _source.Path;

    /// <summary>All tensors in the order of their bytes.</summary>
    public override IReadOnlyList<SafetensorsEntry> Entries => _header.Entries;

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> ByName => _header.ByName;

    /// <summary>Free texts of the writer.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Where the data part begins in the file.</summary>
    public long DataOffset => _header.DataOffset;

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="LoraFormatException">It is not a valid safetensors file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static new SafetensorsFile Open(string path) => Read(ByteSource.Open(path));

    /// <summary>Reads from memory that the caller keeps unchanged.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    public static new SafetensorsFile FromMemory(ReadOnlyMemory<byte> content, string name) => Read(ByteSource.FromMemory(content, name));

    /// <summary>Reads a stream to its end into memory, at most <paramref name="maxBytes"/> bytes.</summary>
    public static SafetensorsFile FromStream(Stream stream, string name, int maxBytes = int.MaxValue)
    {
        var content = new MemoryStream();
        byte[] buffer = new byte[81920];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            if (content.Length + read > maxBytes)
                throw new LoraFormatException(name, "the content is too large", offset: maxBytes, found: $"{content.Length + read} bytes or more", expected: $"at most {maxBytes} bytes");
            content.Write(buffer, 0, read);
        }

        return FromMemory(content.GetBuffer().AsMemory(0, (int)content.Length), name);
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorEntry entry, long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + destination.Length, entry.Length);
        _source.Read(DataOffset + ((SafetensorsEntry)entry).Offset + offset, destination);
    }

    /// <inheritdoc/>
    public override long? PositionOf(TensorEntry entry) => DataOffset + ((SafetensorsEntry)entry).Offset;

    /// <inheritdoc/>
    public override void Dispose() => _source.Dispose();

    private static SafetensorsFile Read(ByteSource source)
    {
        try
        {
            Span<byte> start = stackalloc byte[(int)Math.Min(64, source.Length)];
            source.Read(0, start);
            byte[] json = new byte[SafetensorsHeader.ReadLength(source.Name, start, source.Length)];
            source.Read(8, json);
            return new SafetensorsFile(source, SafetensorsHeader.Parse(source.Name, json, source.Length - 8 - json.Length));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }
}
