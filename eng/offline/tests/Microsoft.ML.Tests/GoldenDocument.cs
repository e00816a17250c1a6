using System.Text.Json.Nodes;
using Microsoft.ML.Lora.Tests;

namespace Microsoft.ML.Tests;

/// <summary>One file of recorded behaviour of the real ML.NET.</summary>
internal sealed class GoldenDocument
{
    private GoldenDocument(string path)
    {
        Name = Path.GetFileNameWithoutExtension(path);
        Head = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        Cases = Head["cases"]!.AsArray().Select(node => node!.AsObject()).ToArray();
    }

    public string Name { get; }

    public JsonObject Head { get; }

    public IReadOnlyList<JsonObject> Cases { get; }

    public static string Folder => GoldenFiles.Folder("mlnet");

    public static GoldenDocument Load(string name) => new(GoldenFiles.File("mlnet", name + ".json"));

    /// <summary>All files, whatever they are called.</summary>
    public static IReadOnlyList<GoldenDocument> LoadAll()
        => GoldenFiles.Files("*.json", "mlnet").Select(path => new GoldenDocument(path)).ToArray();

    public static string Id(JsonObject golden) => (string)golden["id"]!;

    /// <summary>What a case should give: its result, or the exception in place of one.</summary>
    public static JsonNode? Expected(JsonObject golden)
        => golden["exception"] is { } exception ? new JsonObject { ["exception"] = exception.DeepClone() } : golden["result"];
}
