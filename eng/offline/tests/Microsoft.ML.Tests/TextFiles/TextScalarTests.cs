using System.Text.Json.Nodes;
using Gold;
using Microsoft.ML.Data;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Tests;

/// <summary>Every kind of field gives the recorded values, and refuses what ML.NET refuses.</summary>
[TestClass]
public sealed class TextScalarTests
{
    private static readonly string[] BadValueLog =
    [
        "Info|TextLoader; ParseStats|  Bad value at line 1 in column V",
        "Info|TextLoader; ParseStats|Processed 1 rows with 1 bad values and 0 format errors",
    ];

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void GiveTheRecordedValues()
    {
        var report = new GoldenReport("text_scalars");
        string path = G.TmpFile("field.txt");
        foreach (var golden in GoldenDocument.Load("text_scalars").Cases)
        {
            foreach (var value in golden["values"]!.AsArray().Select(node => node!.AsObject()))
            {
                string text = RecordedText.Read(value["text"]);
                File.WriteAllText(path, text + "\t.");
                report.Check($"{GoldenDocument.Id(golden)} '{text}'", Expected(golden, value), Read(golden, path));
            }
        }
        report.Finish(TestContext);
    }

    private static JsonObject Expected(JsonObject golden, JsonObject value)
    {
        if (value["bad"] is { } bad)
            return Failure($"{typeof(InvalidOperationException).FullName}|Could not parse value {RecordedText.Read(bad)} in line 1, column V");
        if (value["exception"] is { } exception)
            return Failure((string)exception!);
        var result = new JsonObject
        {
            ["type"] = golden.ContainsKey("columnType") ? golden["columnType"]?.DeepClone() : (string)golden["kind"]!,
            ["value"] = value["value"]!.DeepClone(),
        };
        if (HasLog(golden))
            result["log"] = new JsonArray(((bool?)value["badLogged"] == true ? BadValueLog : []).Select(JsonNode? (message) => message).ToArray());
        return result;
    }

    private static JsonObject Read(JsonObject golden, string path)
    {
        var ml = new MLContext(1);
        var log = new LogRecorder(ml);
        try
        {
            var options = TextColumns.Options(golden["options"], "");
            options.UseThreads = false;
            options.TrimWhitespace = (bool?)golden["trimWhitespace"] ?? false;
            options.MissingRealsAsNaNs = (bool?)golden["missingRealsAsNaNs"] ?? false;
            options.Columns = TextColumns.Columns(golden["columns"]) ??
            [
                new TextLoader.Column("V", Enum.Parse<DataKind>((string)golden["kind"]!), 0),
                new TextLoader.Column("Dot", DataKind.String, 1),
            ];
            var view = ml.Data.LoadFromTextFile(path, options);
            var row = (JsonArray)Encoder.EncodeRows(view, int.MaxValue).Single()!;
            Assert.AreEqual(".", (string?)row[1]);
            var result = new JsonObject { ["type"] = view.Schema["V"].Type.ToString(), ["value"] = row[0]?.DeepClone() };
            if (HasLog(golden))
                result["log"] = log.ToJson();
            return result;
        }
        catch (Exception error) when (error is not AssertFailedException)
        {
            return Failure($"{error.GetType().FullName}|{G.Norm(error.Message)}");
        }
    }

    /// <summary>Cases with columns of their own were recorded without the log.</summary>
    private static bool HasLog(JsonObject golden) => golden.ContainsKey("kind");

    private static JsonObject Failure(string exception) => new() { ["exception"] = exception };
}
