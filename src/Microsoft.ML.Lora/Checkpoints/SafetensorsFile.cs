using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>
/// A safetensors file open for reading: from disk or from memory. The header is checked when it is opened; bytes are read on demand,
/// also by several threads at once. Dispose closes the file.
/// </summary>
internal sealed class SafetensorsFile : IDisposable
{
    private readonly SafeFileHandle? _handle;
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(string name, string? path, SafeFileHandle? handle, ReadOnlyMemory<byte> memory, SafetensorsHeader header)
    {
        Name = name;
        Path = path;
        _handle = handle;
        _memory = memory;
        _header = header;
    }

    /// <summary>The name that messages use.</summary>
    public string Name { get; }

    /// <summary>The file on disk, or null for content in memory.</summary>
    public string? Path { get; }

    /// <summary>All tensors in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries => _header.Entries;

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> ByName => _header.ByName;

    /// <summary>Free texts of the writer.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Where the data part begins in the file.</summary>
    public long DataOffset => _header.DataOffset;

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="LoraFormatException">It is not a valid safetensors file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
        try
        {
            long length = RandomAccess.GetLength(handle);
            Span<byte> start = stackalloc byte[64];
            start = start[..ReadFully(handle, start, 0)];
            byte[] json = new byte[SafetensorsHeader.ReadLength(path, start, length)];
            if (ReadFully(handle, json, 8) != json.Length)
                throw new LoraFormatException(path, "the file became shorter while it was read");
            return new SafetensorsFile(path, path, handle, default, SafetensorsHeader.Parse(path, json, length - 8 - json.Length));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads from memory that the caller keeps unchanged.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    public static SafetensorsFile FromMemory(ReadOnlyMemory<byte> content, string name)
    {
        ReadOnlySpan<byte> span = content.Span;
        int length = SafetensorsHeader.ReadLength(name, span, span.Length);
        SafetensorsHeader header = SafetensorsHeader.Parse(name, span.Slice(8, length), span.Length - 8 - length);
        return new SafetensorsFile(name, null, null, content, header);
    }

    /// <summary>Reads a stream to its end into memory, at most <paramref name="maxBytes"/> bytes.</summary>
    public static SafetensorsFile FromStream(Stream stream, string name, int maxBytes = int.MaxValue)
    {
        var content = new MemoryStream();
        byte[] buffer = new byte[81920];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            if (content.Length + read > maxBytes)
                throw new LoraFormatException(name, "the content is too large", expected: $"at most {maxBytes} bytes");
            content.Write(buffer, 0, read);
        }

        return FromMemory(content.GetBuffer().AsMemory(0, (int)content.Length), name);
    }

    /// <summary>Copies a part of a tensor's bytes.</summary>
    /// <param name="entry">The tensor.</param>
    /// <param name="offset">Where to begin within the tensor.</param>
    /// <param name="destination">Filled completely.</param>
    public void ReadBytes(SafetensorsEntry entry, long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + destination.Length, entry.Length);
        long position = DataOffset + entry.Offset + offset;
        if (_handle is null)
            _memory.Span.Slice((int)position, destination.Length).CopyTo(destination);
        else if (ReadFully(_handle, destination, position) != destination.Length)
            throw new LoraFormatException(Name, "the file became shorter while it was read", entry.Name, position);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();

    private static int ReadFully(SafeFileHandle handle, Span<byte> destination, long position)
    {
        int done = 0;
        while (done < destination.Length)
        {
            int read = RandomAccess.Read(handle, destination[done..], position + done);
            if (read == 0)
                break;
            done += read;
        }

        return done;
    }
}
