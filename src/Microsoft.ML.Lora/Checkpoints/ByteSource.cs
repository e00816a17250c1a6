using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>The bytes of a file on disk or in memory, read at any position, also by several threads at once. Dispose closes the file.</summary>
internal sealed class ByteSource : IDisposable
{
    private readonly SafeFileHandle? _handle;
    private readonly ReadOnlyMemory<byte> _memory;

    private ByteSource(string name, string? path, SafeFileHandle? handle, ReadOnlyMemory<byte> memory, long length)
    {
        Name = name;
        Path = path;
        _handle = handle;
        _memory = memory;
        Length = length;
    }

    /// <summary>The name that messages use.</summary>
    public string Name { get; }

    /// <summary>The file on disk, or null for content in memory.</summary>
    public string? Path { get; }

    /// <summary>How many bytes there were when it was opened.</summary>
    public long Length { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ByteSource Open(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
        try
        {
            return new ByteSource(path, path, handle, default, RandomAccess.GetLength(handle));
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
    public static ByteSource FromMemory(ReadOnlyMemory<byte> content, string name) => new(name, null, null, content, content.Length);

    /// <summary>Fills <paramref name="destination"/> completely.</summary>
    /// <exception cref="LoraFormatException">The bytes are not there.</exception>
    public void Read(long position, Span<byte> destination)
    {
        if (position < 0 || destination.Length > Length - position)
            throw new LoraFormatException(Name, "the file is truncated", offset: position, found: $"{Math.Max(Length - position, 0)} bytes", expected: $"{destination.Length}");
        if (_handle is null)
        {
            _memory.Span.Slice((int)position, destination.Length).CopyTo(destination);
            return;
        }

        for (int done = 0; done < destination.Length;)
        {
            int read = RandomAccess.Read(_handle, destination[done..], position + done);
            if (read == 0)
                throw new LoraFormatException(Name, "the file became shorter while it was read", offset: position + done, found: $"{done} bytes", expected: $"{destination.Length}");
            done += read;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();
}
