namespace Microsoft.ML.Lora.Tests.Hub;

/// <summary>A request as it arrived.</summary>
internal sealed record HubRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>A header, or null.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>Where its Range starts; 0 without one.</summary>
    public long From => Header("Range") is { } range ? long.Parse(range["bytes=".Length..].TrimEnd('-')) : 0;

    public override string ToString() => $"{Method} {Target}{(From > 0 ? $" from {From}" : "")}";
}
