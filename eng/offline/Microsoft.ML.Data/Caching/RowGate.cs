using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Lets readers wait until a row was cached.</summary>
internal sealed class RowGate
{
    private readonly object _lock = new();
    private long _open = -1;
    private Exception _error;

    public void Wait(long row)
    {
        lock (_lock)
        {
            while (_error == null && row > _open)
                Monitor.Wait(_lock);
            if (_error != null)
                throw Contracts.Except(_error, "Event we were waiting on was subject to an exception");
        }
    }

    public void OpenNext() => Change(() => _open++);

    public void OpenAll() => Change(() => _open = long.MaxValue);

    public void Fail(Exception error) => Change(() => _error ??= error);

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            Monitor.PulseAll(_lock);
        }
    }
}
