using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A file handle for a path; disposing it closes the streams it handed out.</summary>
public sealed class SimpleFileHandle : IFileHandle
{
    private readonly IExceptionContext _context;
    private readonly string _path;
    private readonly bool _autoDelete;
    private readonly object _lock = new();
    private readonly List<Stream> _readers = new();
    private Stream _writer;
    private bool _wrote;
    private bool _disposed;

    public SimpleFileHandle(IExceptionContext ectx, string path, bool needsWrite, bool autoDelete)
    {
        Contracts.CheckValue(ectx, nameof(ectx));
        ectx.CheckNonEmpty(path, nameof(path));
        _context = ectx;
        _path = Path.GetFullPath(path);
        _autoDelete = autoDelete;
        _wrote = !needsWrite;
    }

    public bool CanWrite => !_wrote && !_disposed;

    public bool CanRead => _wrote && !_disposed;

    public Stream CreateWriteStream()
    {
        lock (_lock)
        {
            CheckNotDisposed();
            _context.Check(!_wrote, "CreateWriteStream called multiple times on SimpleFileHandle");
            _writer = new FileStream(_path, FileMode.Create, FileAccess.Write);
            _wrote = true;
            return _writer;
        }
    }

    public Stream OpenReadStream()
    {
        lock (_lock)
        {
            CheckNotDisposed();
            _context.Check(_wrote, "SimpleFileHandle hasn't been written yet");
            _context.Check(_writer is not { CanWrite: true }, "Write stream for SimpleFileHandle hasn't been disposed");
            _writer = null;
            _readers.RemoveAll(reader => !reader.CanRead);
            var stream = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read);
            _readers.Add(stream);
            return stream;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            _writer?.Dispose();
            _readers.ForEach(reader => reader.Dispose());
            if (_autoDelete)
                File.Delete(_path);
        }
    }

    private void CheckNotDisposed() => _context.Check(!_disposed, "SimpleFileHandle has already been disposed");
}
