using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>
/// Reads the text form of a loader and its options: <c>TextLoader{ header+ sep=comma col=Name:TX:0 col={name=V type=R4 src=1-3} }</c>.
/// </summary>
internal sealed class OptionText(Action<string> report)
{
    private const string Unbalanced = "Error: Unbalanced quoting in command line arguments";

    /// <summary>Null when the text is not that of a text loader, or has errors.</summary>
    public TextLoader.Options ParseLoader(string text)
    {
        if (!TryReadLoader(text, out string name, out string settings) || name is not (TextLoader.LoaderSignature or "Text"))
            return null;
        var options = new TextLoader.Options();
        return Parse(settings, ForLoader(options)) ? options : null;
    }

    private bool Parse(string text, TextOption[] options)
    {
        if (OptionLexer.TrySplit(text, out var words))
            return new TextOptions(options, report).Parse(words);
        report(Unbalanced);
        return false;
    }

    // The name of the loader and behind it, in braces, its options.
    private bool TryReadLoader(string text, out string name, out string settings)
    {
        (name, settings) = (null, null);
        if (!OptionLexer.TrySplit(text, out var words))
        {
            report(Unbalanced);
            return false;
        }
        int used = 1;
        if (!OptionLexer.IsGroup(words[0]))
        {
            name = words[0];
            if (words.Length > 1 && OptionLexer.IsGroup(words[1]))
                settings = OptionLexer.Unquote(words[used++]).Trim();
        }
        return new TextOptions([], report).Parse(words[used..]);
    }

    private static TextOption[] ForLoader(TextLoader.Options options)
    {
        options.Columns = [];
        return
        [
            TextOption.Flag("allowQuoting", "quote", value => options.AllowQuoting = value),
            TextOption.Flag("allowSparse", "sparse", value => options.AllowSparse = value),
            TextOption.Value("inputSize", "size", int.Parse, value => options.InputSize = value, allowsNone: true),
            TextOption.Text("separator", "sep", value => options.Separator = value),
            TextOption.Value("decimal Marker", "decimal", char.Parse, value => options.DecimalMarker = value),
            TextOption.Object("column", "col", Read(TextLoader.Column.Parse), ForColumn, column => options.Columns = [.. options.Columns, column]),
            TextOption.Flag("trimWhitespace", "trim", value => options.TrimWhitespace = value),
            TextOption.Flag("hasHeader", "header", value => options.HasHeader = value),
            TextOption.Flag("useThreads", "threads", value => options.UseThreads = value),
            TextOption.Flag("readMultilines", "multilines", value => options.ReadMultilines = value),
            TextOption.Text("headerFile", "hf", value => options.HeaderFile = value),
            TextOption.Value("maxRows", "rows", long.Parse, value => options.MaxRows = value, allowsNone: true),
            TextOption.Value("escapeChar", null, char.Parse, value => options.EscapeChar = value),
            TextOption.Flag("missingRealsAsNaNs", "missingrealnan", value => options.MissingRealsAsNaNs = value),
        ];
    }

    private static TextOption[] ForColumn(TextLoader.Column column)
    {
        column.Source = [];
        return
        [
            TextOption.Text("name", null, value => column.Name = value),
            TextOption.Value("type", null, TextLoader.Column.ParseKind, value => column.Type = value),
            TextOption.Object("source", "src", Read(TextLoader.Range.Parse), ForRange, range => column.Source = [.. column.Source, range]),
            TextOption.Object("keyCount", "key", Read(KeyCount.Parse), ForKeyCount, count => column.KeyCount = count),
        ];
    }

    private static TextOption[] ForRange(TextLoader.Range range) =>
    [
        TextOption.Value("min", null, int.Parse, value => range.Min = value, isRequired: true),
        TextOption.Value("max", null, int.Parse, value => range.Max = value, allowsNone: true),
        TextOption.Flag("autoEnd", "auto", value => range.AutoEnd = value),
        TextOption.Flag("variableEnd", "var", value => range.VariableEnd = value),
        TextOption.Flag("allOther", "other", value => range.AllOther = value),
        TextOption.Flag("forceVector", "vector", value => range.ForceVector = value),
    ];

    private static TextOption[] ForKeyCount(KeyCount count)
        => [TextOption.Value("count", null, ulong.Parse, value => count.Count = value, allowsNone: true)];

    // The original calls these by reflection, which shows in their exceptions.
    private static Func<string, T> Read<T>(Func<string, T> parse) => text =>
    {
        try
        {
            return parse(text);
        }
        catch (Exception e)
        {
            throw new TargetInvocationException(e);
        }
    };
}
