namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>
/// A file written by <c>torch.save</c>, zip or legacy, open for reading: the value that was saved, as data, and the bytes of its tensors on
/// demand, also by several threads at once. Dispose closes the file.
/// </summary>
internal sealed class TorchFile : IDisposable
{
    private readonly ByteSource _source;
    private readonly bool _isBigEndian;
    private readonly object _lock = new();
    private (TorchTensor Tensor, byte[] Bytes)? _arranged;

    private TorchFile(ByteSource source, object? value, long valuePosition, bool isBigEndian)
    {
        _source = source;
        Value = value;
        ValuePosition = valuePosition;
        _isBigEndian = isBigEndian;
    }

    /// <summary>The name that messages use.</summary>
    public string Name => _source.Name;

    /// <summary>The file on disk, or null for content in memory.</summary>
    public string? Path => _source.Path;

    /// <summary>How long the file is.</summary>
    public long Length => _source.Length;

    /// <summary>What was saved; of the types that <see cref="PickleReader.Read"/> gives.</summary>
    public object? Value { get; }

    /// <summary>Where its pickle begins in the file.</summary>
    public long ValuePosition { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="LoraFormatException">It is not a file of torch, is damaged, or holds what is not supported.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static TorchFile Open(string path) => Read(ByteSource.Open(path));

    /// <summary>Reads from memory that the caller keeps unchanged.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    public static TorchFile FromMemory(ReadOnlyMemory<byte> content, string name) => Read(ByteSource.FromMemory(content, name));

    /// <summary>Copies a part of a tensor's elements: little-endian, row-major, without gaps.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <param name="offset">Where to begin, in bytes of the tensor.</param>
    /// <param name="destination">Filled completely.</param>
    /// <exception cref="LoraFormatException">The storage's checksum is wrong.</exception>
    public void ReadBytes(TorchTensor tensor, long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + destination.Length, tensor.Count * tensor.Type.Size());
        if (destination.IsEmpty)
            return;
        if (PositionOf(tensor) is { } position)
        {
            _source.Read(position + offset, destination);
            return;
        }

        lock (_lock)
        {
            // Rearranged once, not for every part that is asked for.
            if (_arranged is not { } arranged || !ReferenceEquals(arranged.Tensor, tensor))
                _arranged = arranged = (tensor, Arrange(tensor));
            arranged.Bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
        }
    }

    /// <summary>Where in the file the elements lie little-endian, row-major, without gaps; null where they do not.</summary>
    /// <exception cref="LoraFormatException">The storage's checksum is wrong.</exception>
    public long? PositionOf(TorchTensor tensor)
    {
        CheckSum(tensor.Storage);
        return tensor.IsContiguous && (!_isBigEndian || tensor.Type.Size() == 1) ? tensor.Storage.Position + (tensor.Offset * tensor.Type.Size()) : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private static TorchFile Read(ByteSource source)
    {
        try
        {
            Span<byte> start = stackalloc byte[(int)Math.Min(64, source.Length)];
            source.Read(0, start);
            if (start.StartsWith("PK"u8))
            {
                object? value = TorchZip.Read(source, out long position, out bool isBigEndian);
                return new TorchFile(source, value, position, isBigEndian);
            }

            if (start.IsEmpty || start[0] != (byte)PickleOpcode.Proto)
            {
                throw new LoraFormatException(source.Name, TensorFile.ForeignHint(start) ?? "this is not a file that torch.save wrote: neither a zip archive nor a pickle",
                    offset: 0, found: start.IsEmpty ? "an empty file" : $"byte 0x{start[0]:x2}", expected: "'PK' or 0x80");
            }

            return new TorchFile(source, TorchLegacy.Read(source, out long valuePosition), valuePosition, isBigEndian: false);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Checks a storage the first time that one of its tensors is wanted.</summary>
    private void CheckSum(TorchStorage storage)
    {
        lock (storage)
        {
            if (storage.Checksum is not { } expected)
                return;
            TorchZip.CheckSum(_source, $"data/{storage.Key}", storage.Position, storage.Length, expected);
            storage.Checksum = null;
        }
    }

    private byte[] Arrange(TorchTensor tensor)
    {
        int size = tensor.Type.Size();
        if (tensor.Extent * size > Array.MaxLength || tensor.Count * size > Array.MaxLength)
            throw new LoraFormatException(Name, "a tensor that must be rearranged is too large", offset: tensor.Storage.Position, found: $"{Math.Max(tensor.Extent, tensor.Count) * size} bytes", expected: $"at most {Array.MaxLength}");
        byte[] stored = new byte[tensor.Extent * size];
        _source.Read(tensor.Storage.Position + (tensor.Offset * size), stored);
        if (_isBigEndian)
        {
            int part = tensor.Type == SafetensorsType.C64 ? 4 : size;
            for (int i = 0; i < stored.Length; i += part)
                stored.AsSpan(i, part).Reverse();
        }

        if (tensor.IsContiguous)
            return stored;
        byte[] result = new byte[tensor.Count * size];
        int next = 0;
        Copy(0, 0);
        return result;

        void Copy(int dimension, long from)
        {
            if (dimension == tensor.Shape.Length)
            {
                stored.AsSpan((int)from * size, size).CopyTo(result.AsSpan(next));
                next += size;
                return;
            }

            for (long i = 0; i < tensor.Shape[dimension]; i++)
                Copy(dimension + 1, from + (i * tensor.Strides[dimension]));
        }
    }
}
