using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests;

/// <summary>A recorded piece of code, and either the delegate it compiled to or the members it lacks.</summary>
internal sealed class Snippet(GoldenDocument document, JsonObject golden)
{
    public GoldenDocument Document { get; } = document;

    public JsonObject Golden { get; } = golden;

    public string Code => (string)Golden["code"]!;

    public string Id => GoldenDocument.Id(Golden);

    /// <summary>A <c>Func&lt;MLContext, object&gt;</c>, or with a path for a second argument.</summary>
    public Delegate? Run { get; set; }

    public IReadOnlyList<string> Missing { get; set; } = [];

    public bool TakesPath => Code.TrimStart().StartsWith("(ml, path)", StringComparison.Ordinal);
}
