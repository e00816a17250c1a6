using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Tests;

/// <summary>Counts the cases of one file, prints them, and fails where a case differs or nothing ran.</summary>
internal sealed class GoldenReport(string name, double tolerance = 0)
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly List<string> _failures = new();
    private readonly List<string> _leftOut = new();
    private int _ran;

    public void Check(string id, JsonNode? expected, JsonNode? actual)
    {
        _ran++;
        if (JsonComparison.FirstDifference(expected, actual, tolerance) is { } difference)
            _failures.Add($"{id} at {difference.Path}\n    recorded {Text(difference.Expected)}\n    got      {Text(difference.Actual)}");
    }

    public void LeaveOut(string id, string reason) => _leftOut.Add($"{id}: {reason}");

    public void Finish(TestContext context)
    {
        context.WriteLine($"{GoldenDocument.Folder}: {name}: {_ran} cases run, {_leftOut.Count} left out, {_failures.Count} different");
        foreach (string reason in _leftOut)
            context.WriteLine("  left out " + reason);
        Assert.AreNotEqual(0, _ran, $"No case of {name} ran.");
        Assert.IsEmpty(_failures, $"{_failures.Count} of {_ran} cases of {name} differ:\n  " + string.Join("\n  ", _failures.Take(20)));
    }

    private static string Text(JsonNode? node)
    {
        string text = node?.ToJsonString(Readable) ?? "null";
        return text.Length > 600 ? text[..600] + "..." : text;
    }
}
