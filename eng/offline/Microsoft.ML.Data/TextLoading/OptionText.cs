using System.Globalization;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>
/// Reads the text form of loader options: <c>TextLoader{ header+ sep=comma col=Name:TX:0 col={name=V type=R4 src=1-3} }</c>.
/// Only the options of the text loader are known.
/// </summary>
internal sealed class OptionText(Action<string> reportError)
{
    public TextLoader.Options ParseLoader(string text)
    {
        text = text.Trim();
        int brace = text.IndexOf('{');
        string name = (brace < 0 ? text : text[..brace]).Trim();
        if (!name.Equals(TextLoader.LoaderSignature, StringComparison.OrdinalIgnoreCase) && !name.Equals("Text", StringComparison.OrdinalIgnoreCase))
            return null;
        if (brace < 0)
            return new TextLoader.Options();
        if (!text.EndsWith('}'))
            return null;
        var options = new TextLoader.Options();
        var columns = new List<TextLoader.Column>();
        foreach (var (key, value) in Split(text[(brace + 1)..^1]))
        {
            if (!TrySet(options, columns, key, value))
                return null;
        }
        options.Columns = [.. columns];
        return options;
    }

    // Words of the form key=value, key+ and key-, where a value may stand in braces.
    private static IEnumerable<(string Key, string Value)> Split(string text)
    {
        int at = 0;
        while (true)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
            if (at >= text.Length)
                yield break;
            var word = new StringBuilder();
            int depth = 0;
            for (; at < text.Length && (depth > 0 || !char.IsWhiteSpace(text[at])); at++)
            {
                depth += text[at] switch { '{' => 1, '}' => -1, _ => 0 };
                word.Append(text[at]);
            }
            string token = word.ToString();
            int equals = token.IndexOf('=');
            if (equals >= 0)
                yield return (token[..equals], token[(equals + 1)..]);
            else if (token[^1] is '+' or '-')
                yield return (token[..^1], token[^1..]);
            else
                yield return (token, "");
        }
    }

    private bool TrySet(TextLoader.Options options, List<TextLoader.Column> columns, string key, string value)
    {
        switch (key.ToLowerInvariant())
        {
            case "col" or "column":
                var column = ParseColumn(value);
                columns.Add(column);
                return column != null;
            case "sep" or "separator":
                options.Separator = Unquote(value);
                return true;
            case "header" or "hasheader":
                return TryFlag(value, out options.HasHeader);
            case "quote" or "allowquoting":
                return TryFlag(value, out options.AllowQuoting);
            case "sparse" or "allowsparse":
                return TryFlag(value, out options.AllowSparse);
            case "trim" or "trimwhitespace":
                return TryFlag(value, out options.TrimWhitespace);
            case "multilines" or "readmultilines":
                return TryFlag(value, out options.ReadMultilines);
            case "missingrealnan" or "missingrealsasnans":
                return TryFlag(value, out options.MissingRealsAsNaNs);
            case "threads" or "usethreads":
                return TryFlag(value, out options.UseThreads);
            case "decimal" or "decimal marker":
                return TryChar(value, out options.DecimalMarker);
            case "escapechar":
                return TryChar(value, out options.EscapeChar);
            case "size" or "inputsize":
                bool good = int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int size);
                options.InputSize = size;
                return good;
            case "rows" or "maxrows":
                return long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _);
            case "hf" or "headerfile":
                return true;
            default:
                reportError($"Unrecognized argument: '{key}'");
                return false;
        }
    }

    private TextLoader.Column ParseColumn(string value)
    {
        if (!value.StartsWith('{'))
        {
            var column = TextLoader.Column.Parse(value);
            if (column == null)
                reportError("Expected arguments in curly braces for 'column'");
            return column;
        }
        var result = new TextLoader.Column();
        foreach (var (key, text) in Split(value[1..^1]))
        {
            switch (key.ToLowerInvariant())
            {
                case "name":
                    result.Name = Unquote(text);
                    break;
                case "type" when result.TryParseType(text):
                    break;
                case "src" or "source":
                    var ranges = TextLoader.Column.ParseRanges(Unquote(text));
                    if (ranges == null)
                        return null;
                    result.Source = [.. result.Source ?? [], .. ranges];
                    break;
                case "key" or "keycount":
                    result.KeyCount = KeyCount.Parse(ReadCount(Unquote(text)));
                    break;
                default:
                    return null;
            }
        }
        return result;
    }

    // A count as such, or in the long form count=10.
    private static string ReadCount(string text)
        => text.Contains('=') ? text[(text.IndexOf('=') + 1)..].Trim() : text;

    private static string Unquote(string value)
        => value.Length >= 2 && value[0] == '{' && value[^1] == '}' ? value[1..^1] : value.Trim('"');

    private static bool TryChar(string value, out char result)
    {
        value = Unquote(value);
        result = value.Length == 1 ? value[0] : default;
        return value.Length == 1;
    }

    private static bool TryFlag(string value, out bool flag)
    {
        flag = value is "" or "+" || value.Equals("true", StringComparison.OrdinalIgnoreCase);
        return flag || value == "-" || value.Equals("false", StringComparison.OrdinalIgnoreCase);
    }
}
