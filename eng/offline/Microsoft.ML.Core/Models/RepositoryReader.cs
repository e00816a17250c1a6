using System.IO.Compression;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Reads a model archive.</summary>
internal sealed class RepositoryReader : Repository
{
    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new();
    private readonly Dictionary<string, string> _staged = new();

    private RepositoryReader(Stream stream, IExceptionContext ectx)
        : base(ectx)
    {
        try
        {
            _archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        }
        catch (Exception ex)
        {
            throw ectx.ExceptDecode(ex, "Failed to open a zip archive");
        }
        foreach (var entry in _archive.Entries)
            _entries[entry.FullName.Replace('/', Path.DirectorySeparatorChar)] = entry;
    }

    public static RepositoryReader Open(Stream stream, IExceptionContext ectx = null)
    {
        ectx.CheckValue(stream, nameof(stream));
        return new RepositoryReader(stream, ectx);
    }

    public Entry OpenEntry(string name) => OpenEntry(null, name);

    public Entry OpenEntry(string dir, string name)
        => OpenEntryOrNull(dir, name) ?? throw ExceptionContext.Except("Repository doesn't contain entry {0}", EntryPath(dir, name));

    public Entry OpenEntryOrNull(string name) => OpenEntryOrNull(null, name);

    public Entry OpenEntryOrNull(string dir, string name)
    {
        ExceptionContext.Check(!Disposed);
        string path = EntryPath(dir, name);
        string key = path.ToLowerInvariant();
        if (!_staged.TryGetValue(key, out string staged))
        {
            // Old archives have backslashes.
            if (!_entries.TryGetValue(path, out var entry) && !_entries.TryGetValue(path.Replace('/', '\\'), out entry))
                return null;
            staged = NewStagingPath();
            entry.ExtractToFile(staged);
            _staged.Add(key, staged);
        }
        return Open(path, new FileStream(staged, FileMode.Open, FileAccess.Read, FileShare.Read));
    }

    protected override void OnClosed(Entry entry) => entry.Stream.Dispose();
}
