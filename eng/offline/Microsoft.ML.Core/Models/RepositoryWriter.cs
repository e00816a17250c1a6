using System.IO.Compression;
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Writes a model archive. Nothing is valid before <see cref="Commit"/>.</summary>
internal sealed class RepositoryWriter : Repository
{
    private readonly ZipArchive _archive;
    private readonly Queue<Entry> _closed = new();
    private readonly HashSet<string> _names = new();

    private RepositoryWriter(Stream stream, IExceptionContext ectx)
        : base(ectx)
    {
        _archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
    }

    public static RepositoryWriter CreateNew(Stream stream, IExceptionContext ectx = null)
    {
        ectx.CheckValue(stream, nameof(stream));
        var repository = new RepositoryWriter(stream, ectx);
        using var entry = repository.CreateEntry("TrainingInfo", "Version.txt");
        using var writer = new StreamWriter(entry.Stream, leaveOpen: true);
        var version = typeof(RepositoryWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        writer.WriteLine(version.InformationalVersion);
        return repository;
    }

    public Entry CreateEntry(string name) => CreateEntry(null, name);

    public Entry CreateEntry(string dir, string name)
    {
        ExceptionContext.Check(!Disposed);
        Flush();
        string path = EntryPath(dir, name);
        if (!_names.Add(path))
            throw ExceptionContext.ExceptParam(nameof(name), "Duplicate entry: '{0}'", path);
        return Open(path, new FileStream(NewStagingPath(), FileMode.CreateNew));
    }

    public void Commit()
    {
        ExceptionContext.Check(!Disposed);
        CloseAll();
        Flush();
        Dispose();
    }

    protected override void OnClosed(Entry entry) => _closed.Enqueue(entry);

    protected override void Dispose(bool disposing)
    {
        CloseAll();
        while (_closed.TryDequeue(out var entry))
            entry.Stream.Dispose();
        if (disposing)
            _archive.Dispose();
        base.Dispose(disposing);
    }

    private void Flush()
    {
        while (_closed.TryDequeue(out var entry))
        {
            using (var staged = entry.Stream)
            using (var target = _archive.CreateEntry(entry.Path).Open())
            {
                staged.Position = 0;
                staged.CopyTo(target);
            }
            File.Delete(entry.Stream.Name);
        }
    }
}
