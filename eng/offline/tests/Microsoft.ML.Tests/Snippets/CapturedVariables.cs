using System.Text.RegularExpressions;
using Microsoft.ML.Data;

namespace Microsoft.ML.Tests;

/// <summary>Variables that a snippet captured when it was recorded; its note lists them, as in <c>c = "Number", o = ByValue</c>.</summary>
internal static partial class CapturedVariables
{
    public static string Declare(Snippet snippet)
    {
        string note = (string?)snippet.Golden["note"] ?? "";
        if (!Note().IsMatch(note))
            return "";
        return string.Concat(Assignment().Matches(note).Select(match => Declare(match.Groups[1].Value, match.Groups[2].Value)));
    }

    private static string Declare(string name, string value)
    {
        if (value.StartsWith('"'))
            return $"const string {name} = {value}; ";
        if (double.TryParse(value, out _) || value is "true" or "false")
            return $"static readonly dynamic {name} = {value}; ";
        var type = typeof(MultiFileSource).Assembly.GetExportedTypes().First(candidate => candidate.IsEnum && Enum.GetNames(candidate).Contains(value));
        string typeName = type.FullName!.Replace('+', '.');
        return $"const {typeName} {name} = {typeName}.{value}; ";
    }

    [GeneratedRegex("""^\w+ = ("[^"]*"|[\w.-]+)(, \w+ = ("[^"]*"|[\w.-]+))*$""")]
    private static partial Regex Note();

    [GeneratedRegex("""(\w+) = ("[^"]*"|[\w.-]+)""")]
    private static partial Regex Assignment();
}
