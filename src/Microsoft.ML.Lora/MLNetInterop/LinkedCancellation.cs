using Microsoft.ML.Runtime;

namespace Microsoft.ML.Lora.MLNetInterop;

/// <summary>
/// One token for both ways to cancel: the caller's own token, and ML.NET's cancellation, which can only be polled.
/// </summary>
internal sealed class LinkedCancellation : IDisposable
{
    // Short against a training step, long against the cost of a look.
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _source;
    private readonly Timer _timer;

    public LinkedCancellation(IHostEnvironment environment, CancellationToken token)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(token);
        if (HostSettings.IsCanceled(environment))
            _source.Cancel();
        _timer = new Timer(
            _ =>
            {
                try
                {
                    if (HostSettings.IsCanceled(environment))
                        _source.Cancel();
                }
                catch (ObjectDisposedException)
                {
                    // The last look came after the end.
                }
            },
            null,
            _interval,
            _interval);
    }

    /// <summary>Set when either way of cancelling was used.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _timer.Dispose();
        _source.Dispose();
    }
}
