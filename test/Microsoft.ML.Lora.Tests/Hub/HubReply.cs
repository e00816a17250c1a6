namespace Microsoft.ML.Lora.Tests.Hub;

/// <summary>An answer, honest or not. Headers are sent as they stand here, Content-Length too.</summary>
internal sealed record HubReply(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    /// <summary>How many bytes of the body are sent before the connection is cut; null: all.</summary>
    public int? CutAfter { get; init; }

    /// <summary>After how many bytes the server falls silent without closing; null: never.</summary>
    public int? StallAfter { get; init; }

    /// <summary>How many bytes are sent at once, with a pause behind each piece; null: all.</summary>
    public (int Bytes, TimeSpan Pause)? Pieces { get; init; }

    /// <summary>Sent instead of the body's length.</summary>
    public long? AnnouncedLength { get; init; }

    public static HubReply Text(int status, string text, params (string Name, string Value)[] headers) => new(status, System.Text.Encoding.UTF8.GetBytes(text), headers);
}
