using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests;

/// <summary>Makes views of the recorded tables of labels and scores.</summary>
internal static class ScoredTable
{
    public static IDataView Multiclass(MLContext ml, JsonObject golden)
    {
        var label = golden["label"]!.AsObject();
        return label["count"] is { } count
            ? Multiclass(ml, golden, (ulong)count, node => KeyMember((uint)node!))
            : Multiclass(ml, golden, null, Number);
    }

    public static IDataView Binary(MLContext ml, JsonObject golden)
        => (string?)golden["labelType"] == "Single"
            ? Binary(ml, golden, Number)
            : Binary(ml, golden, node => (bool)node!);

    public static IDataView Regression(MLContext ml, JsonObject golden)
        => ml.Data.LoadFromEnumerable(Rows(golden).Select(row => new RegressionRow { Label = Number(row[0]), Score = Number(row[1]) }).ToArray());

    private static IDataView Multiclass<TLabel>(MLContext ml, JsonObject golden, ulong? count, Func<JsonNode?, TLabel> readLabel)
    {
        var score = golden["score"]!.AsObject();
        int size = (int)score["size"]!;
        var definition = SchemaDefinition.Create(typeof(MulticlassRow<TLabel>));
        definition["Score"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, size);
        Annotate(definition["Score"], "SlotNames", score["slotNames"]);
        definition["PredictedLabel"].ColumnType = new KeyDataViewType(typeof(uint), count ?? (ulong)size);
        if (count != null)
        {
            definition["Label"].ColumnType = new KeyDataViewType(typeof(uint), count.Value);
            Annotate(definition["Label"], "KeyValues", golden["label"]!["keyValues"]);
            Annotate(definition["PredictedLabel"], "KeyValues", golden["label"]!["keyValues"]);
        }
        var rows = Rows(golden).Select(row => new MulticlassRow<TLabel>
        {
            Label = readLabel(row[0]),
            Score = row[1]!.AsArray().Select(Number).ToArray(),
            PredictedLabel = KeyMember((uint)row[2]!),
        });
        return ml.Data.LoadFromEnumerable(rows.ToArray(), definition);
    }

    private static IDataView Binary<TLabel>(MLContext ml, JsonObject golden, Func<JsonNode?, TLabel> readLabel)
        => ml.Data.LoadFromEnumerable(Rows(golden).Select(row => new BinaryRow<TLabel>
        {
            Label = readLabel(row[0]),
            Score = Number(row[1]),
            Probability = Number(row[2]),
            PredictedLabel = (bool)row[3]!,
        }).ToArray());

    private static void Annotate(SchemaDefinition.Column column, string name, JsonNode? texts)
    {
        if (texts is not JsonArray { Count: > 0 } array)
            return;
        var values = array.Select(text => RecordedText.Read(text).AsMemory()).ToArray();
        column.AddAnnotation(name, new VBuffer<ReadOnlyMemory<char>>(values.Length, values), new VectorDataViewType(TextDataViewType.Instance, values.Length));
    }

    private static IEnumerable<JsonArray> Rows(JsonObject golden) => golden["rows"]!.AsArray().Select(row => row!.AsArray());

    /// <summary>A key as a member of a class holds it: one less than a cursor gives.</summary>
    private static uint KeyMember(uint key) => unchecked(key - 1);

    private static float Number(JsonNode? node)
        => node!.GetValueKind() == System.Text.Json.JsonValueKind.String ? float.Parse((string)node!, CultureInfo.InvariantCulture) : (float)node!;
}
