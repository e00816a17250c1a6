using System.Net;

namespace Microsoft.ML.Lora.Hub;

/// <summary>Something that may go better the next time. Never leaves this folder: <see cref="HubRetry"/> waits or makes a <see cref="HubException"/> of it.</summary>
internal sealed class TransientFailure(string problem, HttpStatusCode? status = null, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception(problem, inner)
{
    /// <summary>The HTTP status, where there was one.</summary>
    public HttpStatusCode? Status => status;

    /// <summary>How long the server asks to wait.</summary>
    public TimeSpan? RetryAfter => retryAfter;
}
