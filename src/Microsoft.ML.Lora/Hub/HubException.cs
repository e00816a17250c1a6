using System.Net;

namespace Microsoft.ML.Lora;

/// <summary>A download from the hub failed: the hub refused it, could not be reached, or sent something else than it announced.</summary>
public sealed class HubException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong and how to fix it.</param>
    /// <param name="statusCode">The HTTP status it comes from, or null.</param>
    /// <param name="innerException">The cause, or null.</param>
    public HubException(string message, HttpStatusCode? statusCode = null, Exception? innerException = null) : base(message, innerException)
    {
        StatusCode = statusCode;
    }

    /// <summary>The HTTP status that the failure comes from; null where there was none.</summary>
    public HttpStatusCode? StatusCode { get; }
}
