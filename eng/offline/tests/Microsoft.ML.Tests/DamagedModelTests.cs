using System.Text.Json.Nodes;
using Microsoft.ML.Lora.Tests;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Tests;

/// <summary>Damaged model files fail, or load, as recorded.</summary>
[TestClass]
public sealed class DamagedModelTests
{
    private const string AsGood = "as good";

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void LoadAsRecorded()
    {
        var document = GoldenDocument.Load("model_errors");
        var good = document.Cases.First(golden => GoldenDocument.Id(golden) == "good");
        var report = new GoldenReport("model_errors");
        foreach (var golden in document.Cases)
        {
            string path = Path.Combine(GoldenFiles.Root, "mlnet", (string?)golden["zip"] ?? $"models/bad/{GoldenDocument.Id(golden)}.zip");
            Check("load", path => ModelDescription.Try(() => Load(path)));
            Check("loadStream", path => ModelDescription.Try(() => LoadStream(path)));
            Check("loadWithDataLoader", ModelDescription.LoadWithDataLoader);

            void Check(string what, Func<string, JsonObject> load)
            {
                if (golden[what] is not { } recorded)
                    return;
                var expected = recorded is JsonValue value && (string?)value == AsGood ? good[what] : recorded;
                report.Check($"{GoldenDocument.Id(golden)} {what}", expected, load(path));
            }
        }
        report.Finish(TestContext);
    }

    private static JsonObject Load(string path)
    {
        var model = new MLContext(1).Model.Load(path, out var schema);
        return Describe(model, schema);
    }

    private static JsonObject LoadStream(string path)
    {
        using var stream = new MemoryStream(File.ReadAllBytes(path));
        var model = new MLContext(1).Model.Load(stream, out var schema);
        return Describe(model, schema);
    }

    private static JsonObject Describe(ITransformer model, DataViewSchema? schema) => new()
    {
        ["types"] = ModelDescription.Types(model),
        ["schema"] = schema == null ? null : new JsonArray(schema.Select(JsonNode? (column) => column.ToString()).ToArray()),
    };
}
