using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>A zip archive whose entries are staged as files in a temporary folder.</summary>
internal abstract class Repository : IDisposable
{
    protected readonly string StagingFolder;
    private readonly List<Entry> _open = new();

    protected Repository(IExceptionContext ectx)
    {
        ExceptionContext = ectx;
        string root = (ectx as IHostEnvironmentInternal)?.TempFilePath ?? Path.GetTempPath();
        do
            StagingFolder = Path.Combine(Path.GetFullPath(root), $"ml_dotnet_{Path.GetFileNameWithoutExtension(Path.GetRandomFileName())}");
        while (Directory.Exists(StagingFolder));
        Directory.CreateDirectory(StagingFolder);
    }

    ~Repository()
    {
        if (!Disposed)
            Dispose(false);
    }

    public IExceptionContext ExceptionContext { get; }

    protected bool Disposed { get; private set; }

    public void Dispose()
    {
        if (!Disposed)
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>The name of an entry in the archive, as the file system of this machine writes it.</summary>
    protected string EntryPath(string dir, string name)
    {
        ExceptionContext.CheckParam(dir == null || !dir.Contains(".."), nameof(dir));
        ExceptionContext.CheckParam(!string.IsNullOrWhiteSpace(name), nameof(name));
        ExceptionContext.CheckParam(!name.Contains(".."), nameof(name));
        string path = Path.Combine(dir ?? "", name);
        ExceptionContext.Check(!Path.IsPathRooted(path));
        return path.Replace('/', Path.DirectorySeparatorChar);
    }

    protected string NewStagingPath() => Path.Combine(StagingFolder, Path.GetRandomFileName());

    protected Entry Open(string path, FileStream stream)
    {
        var entry = new Entry(this, path, stream);
        _open.Add(entry);
        return entry;
    }

    protected void CloseAll()
    {
        while (_open.Count > 0)
            _open[^1].Dispose();
    }

    protected abstract void OnClosed(Entry entry);

    protected virtual void Dispose(bool disposing)
    {
        CloseAll();
        try
        {
            Directory.Delete(StagingFolder, true);
        }
        catch (IOException)
        {
            // What is left of the staging folder does no harm.
        }
        Disposed = true;
    }

    /// <summary>An open entry.</summary>
    public sealed class Entry : IDisposable
    {
        private Repository _owner;

        internal Entry(Repository owner, string path, FileStream stream) => (_owner, Path, Stream) = (owner, path, stream);

        public string Path { get; }

        public FileStream Stream { get; }

        public void Dispose()
        {
            if (_owner == null)
                return;
            _owner._open.Remove(this);
            _owner.OnClosed(this);
            _owner = null;
        }
    }
}
