using Microsoft.ML.Lora.Checkpoints.Pickles;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>
/// A file of named tensors, open for reading, whatever its format. Headers are checked when it is opened; bytes are read on demand, also by
/// several threads at once. Dispose closes the file.
/// </summary>
internal abstract class TensorFile : IDisposable
{
    /// <summary>The name that messages use.</summary>
    public abstract string Name { get; }

    /// <summary>The file on disk, or null for content in memory.</summary>
    public abstract string? Path { get; }

    /// <summary>All tensors.</summary>
    public abstract IReadOnlyList<TensorEntry> Entries { get; }

    /// <summary>Opens a file: <c>.bin</c>, <c>.pt</c>, <c>.pth</c> as torch's, all others as safetensors.</summary>
    /// <exception cref="LoraFormatException">It is not a valid file of its format.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static TensorFile Open(string path) => IsTorch(path) ? TorchStateDict.Open(path) : SafetensorsFile.Open(path);

    /// <summary>As <see cref="Open"/>, from memory that the caller keeps unchanged.</summary>
    public static TensorFile FromMemory(ReadOnlyMemory<byte> content, string name) =>
        IsTorch(name) ? TorchStateDict.FromMemory(content, name) : SafetensorsFile.FromMemory(content, name);

    /// <summary>Copies a part of a tensor's elements: little-endian, row-major, without gaps, however the file stores them.</summary>
    /// <param name="entry">A tensor of this file.</param>
    /// <param name="offset">Where to begin, in bytes of the tensor.</param>
    /// <param name="destination">Filled completely.</param>
    public abstract void ReadBytes(TensorEntry entry, long offset, Span<byte> destination);

    /// <summary>Where in the file the elements lie as <see cref="ReadBytes"/> gives them; null where they must be rearranged.</summary>
    public abstract long? PositionOf(TensorEntry entry);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>What a file that belongs to no format is instead, where its first bytes tell; else null.</summary>
    internal static string? ForeignHint(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("version https://git-lfs"u8))
            return "this is a Git LFS pointer, not the file itself: fetch it with 'git lfs pull'";
        return !start.IsEmpty && start[0] == (byte)'<' ? "this looks like an HTML or XML page (a failed download?), not weights" : null;
    }

    private static bool IsTorch(string path) => System.IO.Path.GetExtension(path).ToLowerInvariant() is ".bin" or ".pt" or ".pth";
}
