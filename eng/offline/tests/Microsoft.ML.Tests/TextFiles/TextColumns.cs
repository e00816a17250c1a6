using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests;

/// <summary>Makes the columns and options of a text loader from their recorded descriptions.</summary>
internal static class TextColumns
{
    public static TextLoader.Column[]? Columns(JsonNode? columns)
        => columns?.AsArray().Select(column => Column(column!.AsObject())).ToArray();

    /// <summary>The options with all that is recorded set; a relative header file lies in <paramref name="folder"/>.</summary>
    public static TextLoader.Options Options(JsonNode? options, string folder)
    {
        var result = new TextLoader.Options();
        foreach (var (name, value) in options as JsonObject ?? [])
        {
            var field = typeof(TextLoader.Options).GetField(name) ?? throw new InvalidOperationException($"No option '{name}'.");
            field.SetValue(result, name == nameof(TextLoader.Options.HeaderFile) ? Path.Combine(folder, (string)value!) : Value(value, field.FieldType));
        }
        return result;
    }

    /// <summary>A recorded argument as an object of the type of its parameter.</summary>
    public static object? Value(JsonNode? value, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (value == null)
            return null;
        if (type == typeof(char[]))
            return RecordedText.Read(value).ToCharArray();
        if (type == typeof(char))
            return RecordedText.Read(value).Single();
        return type == typeof(string)
            ? RecordedText.Read(value)
            : Convert.ChangeType(value.GetValue<System.Text.Json.JsonElement>() is { ValueKind: System.Text.Json.JsonValueKind.Number } number
                ? number.GetInt64()
                : (object)(bool)value, type, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static TextLoader.Column Column(JsonObject column)
    {
        var result = new TextLoader.Column
        {
            Name = (string?)column["name"],
            DataKind = Enum.Parse<DataKind>((string)column["kind"]!),
            Source = column["source"]?.AsArray().Select(range => Range(range!.AsObject())).ToArray(),
        };
        if (column["keyCount"] is JsonValue count)
            result.KeyCount = count.TryGetValue(out ulong number) ? new KeyCount(number) : new KeyCount();
        return result;
    }

    private static TextLoader.Range Range(JsonObject range)
    {
        // The constructor with two bounds would make a vector of any range.
        var result = new TextLoader.Range { Min = (int)range["min"]!, Max = (int?)range["max"] };
        foreach (var (name, value) in range.Where(pair => pair.Key is not ("min" or "max")))
        {
            var field = typeof(TextLoader.Range).GetField(char.ToUpperInvariant(name[0]) + name[1..])
                ?? throw new InvalidOperationException($"No field '{name}' of a range.");
            field.SetValue(result, (bool)value!);
        }
        return result;
    }
}
