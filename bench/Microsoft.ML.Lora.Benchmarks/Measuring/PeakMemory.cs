namespace Microsoft.ML.Lora.Benchmarks.Measuring;

/// <summary>
/// The most anonymous and the most file-backed memory while something runs, in MiB. The system keeps a peak of both together only, so a thread of
/// its own looks every millisecond.
/// </summary>
internal sealed class PeakMemory : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _stop;

    private PeakMemory()
    {
        _thread = new Thread(Watch) { IsBackground = true, Priority = ThreadPriority.Highest };
        _thread.Start();
    }

    /// <summary>Memory of the process's own, which the system cannot drop: weights that were converted, activations, managed objects.</summary>
    public double Anonymous { get; private set; }

    /// <summary>Mapped libraries and weights, which the system can drop and read again.</summary>
    public double FileBacked { get; private set; }

    public static PeakMemory Start() => new();

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        Look();
    }

    private void Watch()
    {
        while (!_stop)
        {
            Look();
            Thread.Sleep(1);
        }
    }

    private void Look()
    {
        ProcessMemory now = ProcessMemory.Read();
        Anonymous = Math.Max(Anonymous, now.Anonymous);
        FileBacked = Math.Max(FileBacked, now.FileBacked);
    }
}
