using System.Text.Json.Nodes;
using Gold;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Tests;

/// <summary>Evaluate gives the recorded metrics and confusion tables.</summary>
[TestClass]
public sealed class MetricTests
{
    private const double Tolerance = 1e-9;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void AreTheRecordedOnes()
    {
        var report = new GoldenReport("metrics", Tolerance);
        foreach (var golden in GoldenDocument.Load("metrics").Cases)
            report.Check(GoldenDocument.Id(golden), GoldenDocument.Expected(golden), Evaluate(golden));
        report.Finish(TestContext);
    }

    private static JsonNode Evaluate(JsonObject golden)
    {
        var ml = new MLContext(1);
        try
        {
            return (string)golden["task"]! switch
            {
                "multiclass" => Metrics.Show(ml.MulticlassClassification.Evaluate(
                    ScoredTable.Multiclass(ml, golden), topKPredictionCount: (int?)golden["topKPredictionCount"] ?? 0)),
                "binary" => Metrics.Show(ml.BinaryClassification.Evaluate(ScoredTable.Binary(ml, golden))),
                "binaryNonCalibrated" => Metrics.Show(ml.BinaryClassification.EvaluateNonCalibrated(ScoredTable.Binary(ml, golden))),
                "regression" => Metrics.Show(ml.Regression.Evaluate(ScoredTable.Regression(ml, golden))),
                var task => throw new AssertFailedException($"Unknown task '{task}'."),
            };
        }
        catch (Exception error) when (error is not AssertFailedException)
        {
            return new JsonObject { ["exception"] = Encoder.EncodeException(error) };
        }
    }
}
