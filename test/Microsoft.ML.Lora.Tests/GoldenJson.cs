using System.Globalization;
using System.Text.Json;

namespace Microsoft.ML.Lora.Tests;

/// <summary>Reads recorded JSON, in which numbers that are not finite are strings.</summary>
internal static class GoldenJson
{
    public static JsonElement Load(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    public static double Number(this JsonElement e) => e.ValueKind == JsonValueKind.String
        ? e.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var text => double.Parse(text!, CultureInfo.InvariantCulture),
        }
        : e.GetDouble();

    public static double Number(this JsonElement e, string name) => e.GetProperty(name).Number();

    /// <summary>The property, or null where it is absent or null.</summary>
    public static JsonElement? Maybe(this JsonElement e, string name) =>
        e.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static double? MaybeNumber(this JsonElement e, string name) => e.Maybe(name)?.Number();

    public static string Text(this JsonElement e, string name) => e.GetProperty(name).GetString()!;

    /// <summary>Numbers of nested arrays of any depth, row by row.</summary>
    public static double[] Flat(this JsonElement e) =>
        e.ValueKind == JsonValueKind.Array ? e.EnumerateArray().SelectMany(Flat).ToArray() : [e.Number()];

    public static float[] FlatFloat(this JsonElement e) => e.Flat().Select(x => (float)x).ToArray();

    public static int[] Ints(this JsonElement e) => e.EnumerateArray().Select(x => x.GetInt32()).ToArray();

    public static double[][] Rows(this JsonElement e) => e.EnumerateArray().Select(Flat).ToArray();
}
