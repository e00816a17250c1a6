using Microsoft.ML.Lora.Checkpoints;
using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.Lora.Training;

/// <summary>
/// A nameless file that grows by preallocated segments, each twice as large as the one before: a full disk is an error when a segment is
/// made, not a crash when it is used. Read and written by position, so that reading is safe from many threads. The system frees the space
/// when the file is disposed or the process ends, however it ends.
/// </summary>
internal sealed class SpillFile : IDisposable
{
    private const long FirstSegment = 1L << 22;
    private const long LargestSegment = 1L << 30;

    private static long s_counter;

    private readonly string _folder;
    private readonly List<(long Start, long Size, SafeFileHandle Handle)> _segments = [];

    /// <param name="folder">Where; must exist.</param>
    public SpillFile(string folder) => _folder = folder;

    /// <summary>Writes bytes that do not cross a multiple of 4 MiB, where segments end.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (_segments.Count == 0 || position >= _segments[^1].Start + _segments[^1].Size)
                AddSegment();
            (long start, _, SafeFileHandle handle) = Find(position);
            RandomAccess.Write(handle, bytes, position - start);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || AtomicFile.IsTooLarge(e))
        {
            throw new IOException(
                $"The token ids of the rows need a cache file in '{_folder}', and it could not be written: {e.Message} "
                + "Set TrainingOptions.TokenCacheDirectory to a folder on a disk with room, or raise TokenCacheThreshold to keep more in memory.", e);
        }
    }

    /// <summary>Reads bytes that do not cross a multiple of 4 MiB; where nothing was written they are 0.</summary>
    public void Read(long position, Span<byte> bytes)
    {
        if (_segments.Count > 0 && position < _segments[^1].Start + _segments[^1].Size)
        {
            (long start, _, SafeFileHandle handle) = Find(position);
            for (int read; !bytes.IsEmpty && (read = RandomAccess.Read(handle, bytes, position - start)) > 0; position += read)
                bytes = bytes[read..];
        }

        bytes.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, _, SafeFileHandle handle) in _segments)
            handle.Dispose();
        _segments.Clear();
    }

    private (long Start, long Size, SafeFileHandle Handle) Find(long position)
    {
        int i = _segments.Count - 1;
        while (_segments[i].Start > position)
            i--;
        return _segments[i];
    }

    private void AddSegment()
    {
        (long start, long size) = _segments.Count == 0 ? (0, FirstSegment)
            : (_segments[^1].Start + _segments[^1].Size, Math.Min(_segments[^1].Size * 2, LargestSegment));
        string path = Path.Combine(_folder, $"lora-tokens-{Environment.ProcessId}-{Interlocked.Increment(ref s_counter)}.tmp");
        FileOptions options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None;
        SafeFileHandle handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, options, preallocationSize: size);
        _segments.Add((start, size, handle));
        if (!OperatingSystem.IsWindows())
            File.Delete(path); // the name goes now, the space with the handle
    }
}
