using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gold;

/// <summary>Writes a metrics object with the field names of the recording.</summary>
public static class Metrics
{
    public static JsonObject Show(object metrics)
    {
        var node = new JsonObject();
        foreach (var property in metrics.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            object? value = property.GetValue(metrics);
            node[JsonNamingPolicy.CamelCase.ConvertName(property.Name)] = property.Name == "ConfusionMatrix" && value != null
                ? ShowConfusionMatrix(value)
                : Encoder.Encode(value);
        }
        return node;
    }

    private static JsonObject ShowConfusionMatrix(object matrix)
    {
        var node = Show(matrix);
        node["formatted"] = (string)matrix.GetType().GetMethod("GetFormattedConfusionTable")!.Invoke(matrix, null)!;
        return node;
    }
}
