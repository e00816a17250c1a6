namespace Microsoft.ML.Lora.Hub;

/// <summary>The retries of one piece of work: counts failures in a row, pauses longer each time, or as long as the server asks for, and gives up in the end.</summary>
internal sealed class HubRetry(HubOptions options, string what)
{
    private int _failures;

    /// <summary>Does the work until it succeeds or is given up.</summary>
    /// <param name="work">Throws <see cref="TransientFailure"/> for what may be tried again.</param>
    /// <param name="cancellation">Ends the pauses too.</param>
    /// <exception cref="HubException">Too many failures in a row, or the server asks for too long a pause.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        while (true)
        {
            TransientFailure failure;
            try
            {
                return await work().ConfigureAwait(false);
            }
            catch (TransientFailure e)
            {
                failure = e;
            }

            await Task.Delay(Pause(failure), options.Time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Something new has arrived: failures before it do not count any more.</summary>
    public void Progressed() => _failures = 0;

    private TimeSpan Pause(TransientFailure failure)
    {
        if (_failures >= options.MaxRetries)
            throw new HubException($"{what}: {failure.Message} Gave up after {options.MaxRetries} retries (HubOptions.MaxRetries).", failure.Status, failure);
        if (failure.RetryAfter > options.MaxRetryAfter)
        {
            throw new HubException($"{what}: {failure.Message} The server asks to wait {failure.RetryAfter.Value.TotalSeconds:0} seconds, " +
                $"longer than HubOptions.MaxRetryAfter allows ({options.MaxRetryAfter.TotalSeconds:0} seconds).", failure.Status, failure);
        }

        double doubled = options.RetryDelay.TotalSeconds * Math.Pow(2, _failures++);
        return failure.RetryAfter ?? TimeSpan.FromSeconds(Math.Min(doubled, options.MaxRetryDelay.TotalSeconds));
    }
}
