using System.Text.Json.Nodes;
using Gold;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Tests;

/// <summary>Runs every recorded snippet against the subset; results, exception types and messages must be the recorded ones.</summary>
[TestClass]
public sealed class SnippetTests
{
    /// <summary>Metrics are sums over threads' parts; everything else is exact.</summary>
    private const double MetricTolerance = 1e-9;

    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> Files
        => SnippetCompiler.All.Where(snippet => !snippet.TakesPath).Select(snippet => snippet.Document.Name).Distinct().Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void BehaveAsRecorded(string file)
    {
        var report = new GoldenReport(file, file.StartsWith("metrics", StringComparison.Ordinal) ? MetricTolerance : 0);
        foreach (var snippet in SnippetCompiler.All.Where(snippet => snippet.Document.Name == file))
        {
            if (snippet.Run == null)
                report.LeaveOut(snippet.Id, "lacks " + string.Join(", ", snippet.Missing));
            else
                report.Check(snippet.Id, GoldenDocument.Expected(snippet.Golden), Run((Func<MLContext, object?>)snippet.Run));
        }
        report.Finish(TestContext);
    }

    [TestMethod]
    public void LackOnlyWhatIsLeftOutOnPurpose()
    {
        Assert.IsNotEmpty(SnippetCompiler.All);
        var missing = SnippetCompiler.All.SelectMany(snippet => snippet.Missing.Select(member => (member, snippet.Id))).ToLookup(pair => pair.member, pair => pair.Id);
        foreach (var member in missing.OrderBy(group => group.Key, StringComparer.Ordinal))
            TestContext.WriteLine($"{member.Key}: {member.Count()} cases; {MissingMembers.ReasonFor(member.Key) ?? "NOT ON THE LIST"}");
        var unlisted = missing.Where(group => MissingMembers.ReasonFor(group.Key) == null).Select(group => $"{group.Key} ({string.Join(", ", group.Take(3))})");
        Assert.IsEmpty(unlisted.ToArray(), "Members that the subset should have: " + string.Join("; ", unlisted));
    }

    private static JsonNode? Run(Func<MLContext, object?> code)
    {
        try
        {
            return Encoder.Encode(code(new MLContext(1)));
        }
        catch (Exception error)
        {
            return new JsonObject { ["exception"] = Encoder.EncodeException(error) };
        }
    }
}
