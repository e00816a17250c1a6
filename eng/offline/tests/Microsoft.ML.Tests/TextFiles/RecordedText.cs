using System.Globalization;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests;

/// <summary>Reads texts as the recording writes them.</summary>
internal static class RecordedText
{
    /// <summary>A string, or the code units of one that is not valid UTF-16.</summary>
    public static string Read(JsonNode? node)
        => node is JsonObject units
            ? string.Concat(((string)units["utf16"]!).Split(' ').Select(unit => (char)ushort.Parse(unit, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))
            : (string)node!;
}
