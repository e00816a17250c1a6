using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests;

/// <summary>Compares recorded with actual values: vectors by value, sparse or dense; numbers exactly or within a tolerance.</summary>
internal static class JsonComparison
{
    public static (string Path, JsonNode? Expected, JsonNode? Actual)? FirstDifference(
        JsonNode? expected, JsonNode? actual, double tolerance, string path = "$")
    {
        // A sparse vector without any explicit value equals any vector of defaults.
        if (IsAllDefault(expected) is { } length && length == IsAllDefault(actual))
            return null;
        expected = Densify(expected);
        actual = Densify(actual);
        switch (expected, actual)
        {
            case (null, null):
                return null;
            case (JsonArray left, JsonArray right):
                for (int i = 0; i < Math.Min(left.Count, right.Count); i++)
                {
                    if (FirstDifference(left[i], right[i], tolerance, $"{path}[{i}]") is { } inner)
                        return inner;
                }
                return left.Count == right.Count ? null : (path + ".length", left, right);
            case (JsonObject left, JsonObject right):
                foreach (var (name, value) in left)
                {
                    if (!right.TryGetPropertyValue(name, out var other))
                        return ($"{path}.{name}", value, "(absent)");
                    if (FirstDifference(value, other, tolerance, $"{path}.{name}") is { } inner)
                        return inner;
                }
                var added = right.FirstOrDefault(pair => !left.ContainsKey(pair.Key));
                return added.Key == null ? null : ($"{path}.{added.Key}", "(absent)", added.Value);
            case (JsonValue left, JsonValue right):
                return Same(left, right, tolerance) ? null : (path, left, right);
            default:
                return (path, expected, actual);
        }
    }

    private static bool Same(JsonValue left, JsonValue right, double tolerance)
    {
        if (left.GetValueKind() != JsonValueKind.Number || right.GetValueKind() != JsonValueKind.Number)
            return left.GetValueKind() == right.GetValueKind() && left.ToString() == right.ToString();
        string a = left.ToJsonString();
        string b = right.ToJsonString();
        if (a == b)
            return true;
        double x = double.Parse(a, CultureInfo.InvariantCulture);
        double y = double.Parse(b, CultureInfo.InvariantCulture);
        // Integers beyond 2^53 must agree as text.
        bool isLarge = Math.Abs(x) >= 1L << 53 && !a.Contains('E', StringComparison.OrdinalIgnoreCase);
        return (x.Equals(y) && !isLarge) || Math.Abs(x - y) <= tolerance * Math.Max(Math.Abs(x), Math.Abs(y));
    }

    private static int? IsAllDefault(JsonNode? node) => node switch
    {
        JsonObject { Count: 3 } sparse when sparse["val"] is JsonArray { Count: 0 } => (int?)sparse["len"],
        JsonArray dense when dense.All(value => value is JsonValue && value.ToJsonString() is "0" or "\"\"" or "false") => dense.Count,
        _ => null,
    };

    private static JsonNode? Densify(JsonNode? node)
    {
        if (node is not JsonObject { Count: 3 } sparse || sparse["len"] is not { } length
            || sparse["idx"] is not JsonArray indices || sparse["val"] is not JsonArray values)
        {
            return node;
        }
        JsonNode Default() => values.FirstOrDefault()?.GetValueKind() switch
        {
            JsonValueKind.String when (string)values[0]! is not ("NaN" or "Infinity" or "-Infinity") => "",
            JsonValueKind.True or JsonValueKind.False => false,
            _ => 0,
        };
        var dense = new JsonArray();
        for (int slot = 0, next = 0; slot < (int)length; slot++)
            dense.Add(next < indices.Count && (int)indices[next]! == slot ? values[next++]!.DeepClone() : Default());
        return dense;
    }
}
