namespace Microsoft.ML.Lora.Comparing;

/// <summary>The most resident memory of the process from now on, by looking often.</summary>
internal sealed class PeakMemory : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(10);

    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private long _peak = Environment.WorkingSet;

    public PeakMemory()
    {
        _thread = new Thread(() =>
        {
            while (!_stop.Wait(_interval))
                Look();
        })
        { IsBackground = true, Name = "Peak memory" };
        _thread.Start();
    }

    /// <summary>Bytes, so far.</summary>
    public long Bytes
    {
        get
        {
            Look();
            return Volatile.Read(ref _peak);
        }
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Look()
    {
        long now = Environment.WorkingSet, seen = Volatile.Read(ref _peak);
        while (now > seen && Interlocked.CompareExchange(ref _peak, now, seen) is var other && other != seen)
            seen = other;
    }
}
