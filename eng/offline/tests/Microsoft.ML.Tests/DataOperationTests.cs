using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gold;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Tests;

/// <summary>Splits, shuffles, filters and caches give the recorded rows in the recorded order.</summary>
[TestClass]
public sealed partial class DataOperationTests
{
    private static readonly GoldenDocument Document = GoldenDocument.Load("data_ops");

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void GiveTheRecordedRows()
    {
        var report = new GoldenReport("data_ops");
        foreach (var golden in Document.Cases)
            report.Check(GoldenDocument.Id(golden), GoldenDocument.Expected(golden), Run(golden));
        report.Finish(TestContext);
    }

    private static JsonNode? Run(JsonObject golden)
    {
        var ml = new MLContext((int?)golden["mlSeed"]);
        try
        {
            var source = new OperationSource(ml, Document, (string)golden["source"]!);
            return Operate(ml, source, (string)golden["op"]!, golden["args"]!.AsObject());
        }
        catch (Exception error)
        {
            return new JsonObject { ["exception"] = Encoder.EncodeException(error) };
        }
    }

    private static JsonNode? Operate(MLContext ml, OperationSource source, string operation, JsonObject arguments)
    {
        switch (operation)
        {
            case "TrainTestSplit":
                return Split(ml.Data.TrainTestSplit(
                    source.View, Number(arguments["testFraction"]), (string?)arguments["samplingKeyColumnName"], (int?)arguments["seed"]));
            case "CrossValidationSplit":
                var folds = ml.Data.CrossValidationSplit(
                    source.View, (int)arguments["numberOfFolds"]!, (string?)arguments["samplingKeyColumnName"], (int?)arguments["seed"]);
                return new JsonArray(folds.Select(JsonNode? (fold) => new JsonObject { ["train"] = Ids(fold.TrainSet), ["test"] = Ids(fold.TestSet) }).ToArray());
            case "ShuffleRows":
                return Shuffle(ml.Data.ShuffleRows(
                    source.View, (int?)arguments["seed"], (int?)arguments["shufflePoolSize"] ?? 1000, (bool?)arguments["shuffleSource"] ?? true));
            case "properties":
                return Properties(source.View);
            case "schema and rows":
                return Encoder.Encode(source.View);
            case var text when text.StartsWith("Cache of a counting enumerable", StringComparison.Ordinal):
                return source.CountEnumerations(ml);
            case var text when CachePrefetch().Match(text) is { Success: true } match:
                return Ids(ml.Data.Cache(source.View, QuotedName().Matches(match.Groups[1].Value).Select(name => name.Groups[1].Value).ToArray()));
            default:
                var view = operation.Split(" then ").Aggregate(source.View, (input, step) => Step(ml, input, step, arguments));
                return new JsonObject { ["ids"] = Ids(view), ["rowCount"] = view.GetRowCount(), ["canShuffle"] = view.CanShuffle };
        }
    }

    private static IDataView Step(MLContext ml, IDataView input, string step, JsonObject arguments)
    {
        var match = StepWithNumber().Match(step);
        Assert.IsTrue(match.Success, $"Unknown operation '{step}'.");
        long? number = match.Groups[2].Success ? long.Parse(match.Groups[2].Value) : null;
        double Bound(string name) => Number(arguments[name]);
        return match.Groups[1].Value switch
        {
            "TakeRows" => ml.Data.TakeRows(input, number ?? (long)arguments["count"]!),
            "SkipRows" => ml.Data.SkipRows(input, number ?? (long)arguments["count"]!),
            "ShuffleRows" => ml.Data.ShuffleRows(input, (int?)number),
            "BootstrapSample" => ml.Data.BootstrapSample(input, (int?)arguments["seed"], (bool)arguments["complement"]!),
            "FilterRowsByColumn" => ml.Data.FilterRowsByColumn(input, (string)arguments["columnName"]!, Bound("lowerBound"), Bound("upperBound")),
            "FilterRowsByKeyColumnFraction" => ml.Data.FilterRowsByKeyColumnFraction(
                input, (string)arguments["columnName"]!, Bound("lowerBound"), Bound("upperBound")),
            "FilterRowsByMissingValues" => ml.Data.FilterRowsByMissingValues(
                input, arguments["columns"]!.AsArray().Select(name => (string)name!).ToArray()),
            _ => throw new AssertFailedException($"Unknown operation '{step}'."),
        };
    }

    private static JsonObject Split(DataOperationsCatalog.TrainTestData split)
    {
        var train = Ids(split.TrainSet);
        return new JsonObject
        {
            ["train"] = train,
            ["test"] = Ids(split.TestSet),
            ["trainAgainSame"] = JsonNode.DeepEquals(train, Ids(split.TrainSet)),
            ["schemaNames"] = new JsonArray(split.TrainSet.Schema.Select(JsonNode? (column) => column.Name).ToArray()),
            ["canShuffle"] = split.TrainSet.CanShuffle,
            ["rowCount"] = split.TrainSet.GetRowCount(),
        };
    }

    private static JsonObject Shuffle(IDataView view)
    {
        var first = Ids(view);
        var second = Ids(view);
        return new JsonObject
        {
            ["first"] = first,
            ["secondPass"] = JsonNode.DeepEquals(first, second) ? "same" : second,
            ["canShuffle"] = view.CanShuffle,
            ["rowCount"] = view.GetRowCount(),
        };
    }

    private static JsonObject Properties(IDataView view) => new()
    {
        ["canShuffle"] = view.CanShuffle,
        ["rowCountBefore"] = view.GetRowCount(),
        ["ids"] = Ids(view),
        ["rowCountAfter"] = view.GetRowCount(),
        ["preview2"] = new JsonArray(view.Preview(2).RowView.Select(JsonNode? (row) => string.Join('|', row.Values.Select(
            pair => $"{pair.Key}={(pair.Value is System.Collections.IEnumerable and not string ? "(vector)" : FormattableString.Invariant($"{pair.Value}"))}"))).ToArray()),
    };

    private static JsonArray Ids(IDataView view)
        => new(Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<int>(view, "Id").Select(JsonNode? (id) => id).ToArray());

    private static double Number(JsonNode? node)
        => node is JsonValue value && value.TryGetValue(out string? text) ? double.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : (double)node!;

    [GeneratedRegex(@"^Cache\(prefetch (.*)\)$")]
    private static partial Regex CachePrefetch();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex QuotedName();

    [GeneratedRegex(@"^(\w+)(?:\((?:seed )?(-?\d+)\))?$")]
    private static partial Regex StepWithNumber();
}
