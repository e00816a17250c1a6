using System.Text.Json.Nodes;
using Gold;
using Microsoft.ML.Lora.Tests;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Tests;

/// <summary>Model files both ways: what the subset saves is what ML.NET saved, and what ML.NET saved loads here and predicts the same.</summary>
[TestClass]
public sealed class ModelTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void SavedFilesHaveTheRecordedEntries()
    {
        var report = new GoldenReport("models (saved)");
        ForEach(report, (snippet, path) =>
        {
            _ = Save(snippet, path);
            report.Check(snippet.Id, ModelZip.Describe(snippet.Golden["entries"]!.AsArray()), ModelZip.Describe(path));
        });
        report.Finish(TestContext);
    }

    [TestMethod]
    public void RecordedFilesLoadAndPredictAsRecorded()
    {
        var report = new GoldenReport("models (loaded)");
        ForEach(report, (snippet, path) =>
        {
            var input = Save(snippet, path);
            string zip = GoldenFiles.File("mlnet", (string)snippet.Golden["zip"]!);
            report.Check(snippet.Id, Expected(snippet.Golden), Load(zip, input));
            if (snippet.Golden["loadWithDataLoader"] is { } expected)
                report.Check(snippet.Id + " with its loader", expected, ModelDescription.LoadWithDataLoader(zip));
        });
        report.Finish(TestContext);
    }

    [TestMethod]
    public void LoadedModelsAreSavedAgainUnchanged()
    {
        var report = new GoldenReport("models (saved again)");
        ForEach(report, (snippet, path) =>
        {
            if (snippet.Golden["savedAgainSameEntries"] is not { } same)
                return;
            string zip = GoldenFiles.File("mlnet", (string)snippet.Golden["zip"]!);
            var ml = new MLContext(1);
            ml.Model.Save(ml.Model.Load(zip, out var schema), schema, path);
            report.Check(snippet.Id, same, JsonComparison.FirstDifference(ModelZip.Describe(zip), ModelZip.Describe(path), 0) == null);
        });
        report.Finish(TestContext);
    }

    private static void ForEach(GoldenReport report, Action<Snippet, string> check)
    {
        foreach (var snippet in SnippetCompiler.All.Where(snippet => snippet.TakesPath))
        {
            if (snippet.Run == null)
                report.LeaveOut(snippet.Id, "lacks " + string.Join(", ", snippet.Missing));
            else
                check(snippet, G.TmpFile("model.zip"));
        }
    }

    private static IDataView? Save(Snippet snippet, string path)
        => (IDataView?)((Func<MLContext, string, object?>)snippet.Run!)(new MLContext(1), path);

    private static JsonObject Expected(JsonObject golden)
        => golden["loaded"] is { } loaded
            ? new JsonObject { ["value"] = loaded.DeepClone() }
            : new JsonObject { ["exception"] = golden["exception"]!.DeepClone() };

    private static JsonObject Load(string zip, IDataView? input)
        => ModelDescription.Try(() =>
        {
            var model = new MLContext(1).Model.Load(zip, out var schema);
            var description = new JsonObject
            {
                ["types"] = ModelDescription.Types(model),
                ["inputSchema"] = schema == null ? null : Encoder.EncodeSchema(schema),
            };
            description["output"] = ModelDescription.Try(() => Encoder.Encode(model.Transform(input)));
            return description;
        });
}
