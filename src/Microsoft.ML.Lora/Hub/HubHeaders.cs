namespace Microsoft.ML.Lora.Hub;

/// <summary>The headers that the hub adds to HTTP's own.</summary>
internal static class HubHeaders
{
    /// <summary>The commit that a revision stands for.</summary>
    public const string Commit = "X-Repo-Commit";

    /// <summary>The hash of a large file; the ETag beside it belongs to the redirect.</summary>
    public const string LinkedEtag = "X-Linked-Etag";

    /// <summary>The size of a large file.</summary>
    public const string LinkedSize = "X-Linked-Size";

    /// <summary>Which error it is.</summary>
    public const string ErrorCode = "X-Error-Code";

    /// <summary>The error in words.</summary>
    public const string ErrorMessage = "X-Error-Message";

    /// <summary>How many requests are left, and for how long.</summary>
    public const string RateLimit = "RateLimit";

    /// <summary>A header's first value, or null.</summary>
    public static string? Text(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) || response.Content.Headers.TryGetValues(name, out values) ? values.FirstOrDefault() : null;

    /// <summary>An ETag without its quotes and its mark of weakness.</summary>
    public static string? Bare(string? etag) =>
        etag is null ? null : (etag.StartsWith("W/", StringComparison.Ordinal) ? etag[2..] : etag).Trim('"').ToLowerInvariant();
}
