using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests;

/// <summary>The row class of the recorded data operations.</summary>
internal sealed class OpRow
{
    public int Id;
    public string? Text;
    public float F;
    public double D;
    public long L;
    public bool B;
    public DateTime When;

    [KeyType(6)]
    public uint K;

    [VectorType(2)]
    public float[]? V;

    [VectorType(2)]
    public string[]? W;

    public static OpRow Parse(JsonArray row) => new()
    {
        Id = (int)row[0]!,
        Text = (string?)row[1],
        F = row[2] is JsonValue text && text.TryGetValue(out string? _) ? float.NaN : (float)row[2]!,
        D = (double)row[3]!,
        L = (long)row[4]!,
        B = (bool)row[5]!,
        When = DateTime.Parse((string)row[6]!, System.Globalization.CultureInfo.InvariantCulture),
        K = (uint)row[7]!,
        V = row[8]!.AsArray().Select(value => (float)value!).ToArray(),
        W = row[9]!.AsArray().Select(value => (string)value!).ToArray(),
    };
}
