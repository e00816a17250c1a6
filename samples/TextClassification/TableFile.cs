using System.Globalization;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace TextClassification;

/// <summary>A TSV or CSV file and where in it label and text stand.</summary>
internal sealed record TableFile(string Path, char Separator, bool HasHeader, int LabelIndex, int TextIndex, IReadOnlyList<string> Columns)
{
    private static readonly string[] _labelNames = ["label", "intent", "category", "class", "target"];
    private static readonly string[] _textNames = ["text", "message", "sentence", "utterance", "question", "query", "content", "body"];

    private bool IsQuoted => Separator != '\t';

    /// <summary>Reads the first line and finds the two columns, by name or by number from 1.</summary>
    /// <exception cref="UserError">The file cannot be read, or a column is not found; the message lists the columns.</exception>
    public static TableFile Open(string path, string? labelColumn = null, string? textColumn = null, bool hasHeader = true)
    {
        string firstLine = ReadFirstLine(path);
        char separator = FindSeparator(path, firstLine);
        List<string> fields = Split(firstLine, separator);
        int label = FindColumn(path, fields, hasHeader, labelColumn, _labelNames, "label", except: null);
        int text = FindColumn(path, fields, hasHeader, textColumn, _textNames, "text", except: label);
        if (label == text)
            throw new UserError($"{path}: label and text are the same column, {Describe(fields, hasHeader)[label]}.", ExitCode.Usage);
        return new TableFile(path, separator, hasHeader, label, text, fields);
    }

    /// <summary>The file as ML.NET reads it: columns <c>Label</c> and <c>Text</c>.</summary>
    public IDataView Load(MLContext ml) => ml.Data.LoadFromTextFile(Path, new TextLoader.Options
    {
        Columns = [new("Label", DataKind.String, LabelIndex), new("Text", DataKind.String, TextIndex)],
        Separators = [Separator],
        HasHeader = HasHeader,
        AllowQuoting = IsQuoted,
        ReadMultilines = IsQuoted,
    });

    private static string ReadFirstLine(string path)
    {
        try
        {
            using var reader = new StreamReader(path, Encoding.UTF8);
            return reader.ReadLine() is { Length: > 0 } line ? line : throw new UserError($"{path}: the file is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{path}: cannot be read. {e.Message}", ExitCode.Usage);
        }
    }

    private static char FindSeparator(string path, string line)
    {
        char[] candidates = ['\t', ',', ';'];
        char best = candidates.MaxBy(c => Split(line, c).Count);
        char separator = line.Contains('\t', StringComparison.Ordinal) ? '\t' : best;
        if (Split(line, separator).Count < 2)
            throw new UserError($"{path}: the first line has only one column. Expected a tab, comma or semicolon between the columns.");
        return separator;
    }

    /// <summary>Fields of one line; outside tab separated files a field may stand in quotes.</summary>
    internal static List<string> Split(string line, char separator)
    {
        List<string> fields = [];
        var field = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (separator == '\t' || c != '"')
            {
                if (c == separator && !quoted)
                {
                    fields.Add(field.ToString().Trim());
                    field.Clear();
                }
                else
                {
                    field.Append(c);
                }
            }
            else if (quoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append(line[i++]);
            }
            else
            {
                quoted = !quoted;
            }
        }

        fields.Add(field.ToString().Trim());
        return fields;
    }

    private static int FindColumn(
        string path, List<string> fields, bool hasHeader, string? wanted, string[] usualNames, string role, int? except)
    {
        if (wanted is null)
        {
            int found = hasHeader ? fields.FindIndex(f => usualNames.Contains(f, StringComparer.OrdinalIgnoreCase)) : -1;
            if (found >= 0 && found != except)
                return found;
            throw new UserError(
                $"{path}: cannot tell which column holds the {role}. Name it with --{role}-column. Columns: {string.Join(", ", Describe(fields, hasHeader))}.",
                ExitCode.Usage);
        }

        int named = hasHeader ? fields.FindIndex(f => f.Equals(wanted, StringComparison.Ordinal)) : -1;
        if (named < 0 && hasHeader)
            named = fields.FindIndex(f => f.Equals(wanted, StringComparison.OrdinalIgnoreCase));
        if (named < 0 && int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= fields.Count)
            named = number - 1;
        if (named < 0)
        {
            throw new UserError(
                $"{path}: there is no column '{wanted}' (--{role}-column). Columns: {string.Join(", ", Describe(fields, hasHeader))}.", ExitCode.Usage);
        }

        return named;
    }

    private static List<string> Describe(List<string> fields, bool hasHeader) =>
        [.. fields.Select((f, i) => hasHeader && f.Length is > 0 and <= 40 ? $"{i + 1} '{f}'" : $"{i + 1}")];
}
