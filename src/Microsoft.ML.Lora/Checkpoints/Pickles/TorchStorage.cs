namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>The memory that tensors of a torch file are views of.</summary>
/// <param name="key">Its name in the file.</param>
/// <param name="type">The element type; null where it is untyped bytes.</param>
/// <param name="count">How many elements, or bytes where it is untyped.</param>
internal sealed class TorchStorage(string key, SafetensorsType? type, long count)
{
    public string Key { get; } = key;

    public SafetensorsType? Type { get; } = type;

    public long Count { get; } = count;

    /// <summary>How many bytes.</summary>
    public long Length { get; } = count * (type?.Size() ?? 1);

    /// <summary>Where the bytes begin in the file; known for the old form only when the whole pickle was read.</summary>
    public long Position { get; set; } = -1;

    /// <summary>The checksum that the file gives, until it was checked.</summary>
    public uint? Checksum { get; set; }
}
