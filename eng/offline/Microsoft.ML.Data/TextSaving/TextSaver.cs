using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data.IO;

/// <summary>Writes a view as text, by default with a header and the options that load it again.</summary>
internal sealed class TextSaver
{
    public const char DefaultSeparator = '\t';

    private readonly IHost _host;
    private readonly char _separator;
    private readonly bool _outputHeader;
    private readonly bool _outputSchema;
    private readonly bool _forceDense;

    public TextSaver(IHostEnvironment env, char separator, bool outputHeader, bool outputSchema, bool forceDense)
    {
        _host = env.Register("TextSaver");
        Contracts.CheckUserArg(SeparatorNames.ContainsKey(separator), "Separator",
            "Invalid separator - must be: space, tab, comma, semicolon, or bar");
        _separator = separator;
        _outputHeader = outputHeader;
        _outputSchema = outputSchema;
        _forceDense = forceDense;
    }

    private static Dictionary<char, string> SeparatorNames { get; } =
        new() { [' '] = "space", ['\t'] = "tab", [','] = "comma", [';'] = "semicolon", ['|'] = "bar" };

    public void Save(IChannel channel, IDataView data, Stream stream, bool keepHidden)
    {
        var columns = new List<DataViewSchema.Column>();
        foreach (var column in data.Schema.Where(column => keepHidden || !column.IsHidden))
        {
            var itemType = column.Type.GetItemType();
            if (itemType is KeyDataViewType || itemType.IsStandardScalar())
                columns.Add(column);
            else
                channel.Info("The column '{0}' will not be written as it has unsavable column type.", column.Name);
        }
        channel.Check(columns.Count > 0, "No valid columns to save");

        using var saving = _host.Start("Saving");
        TextRowWriter rows;
        using (var writer = new StreamWriter(stream, new UTF8Encoding(false), 1024, leaveOpen: true))
            rows = Write(saving, writer, data, columns);
        if (rows.Count == 0)
            saving.Warning("Wrote zero rows of data!");
        else if (rows.MinLength == rows.MaxLength)
            saving.Info("Wrote {0} rows of length {1}", rows.Count, rows.MinLength);
        else
            saving.Info("Wrote {0} rows of lengths between {1} and {2}", rows.Count, rows.MinLength, rows.MaxLength);
    }

    private TextRowWriter Write(IChannel channel, TextWriter writer, IDataView data, List<DataViewSchema.Column> columns)
    {
        bool hasHeader = _outputHeader && columns.Any(column => column.Type is not VectorDataViewType vector || column.HasSlotNames(vector.Size));
        using var cursor = data.GetRowCursor(columns);
        var pipes = columns.Select(column => TextColumnWriter.Create(cursor, column, _separator)).ToArray();
        var options = MakeLoaderOptions(channel, columns, hasHeader);
        if (_outputSchema)
        {
            writer.WriteLine("#@ TextLoader{");
            foreach (string option in options)
                writer.WriteLine("#@   " + option);
            writer.WriteLine("#@ }");
        }
        var rows = new TextRowWriter(writer, pipes, _separator, _forceDense);
        if (hasHeader)
            rows.WriteHeader();
        while (cursor.MoveNext())
            rows.WriteRow();
        return rows;
    }

    private List<string> MakeLoaderOptions(IChannel channel, List<DataViewSchema.Column> columns, bool hasHeader)
    {
        var lines = new List<string>();
        if (hasHeader)
            lines.Add("header+");
        lines.Add($"sep={SeparatorNames[_separator]}");
        int? index = 0;
        for (int i = 0; i < columns.Count; i++)
        {
            lines.Add("col=" + DescribeColumn(columns[i], index));
            if (columns[i].Type is VectorDataViewType { IsKnownSize: false } && i < columns.Count - 1)
            {
                channel.Warning("Column '{0}' is variable length, so it must be the last, or the file will be unreadable. "
                    + "Consider switching to binary format or use xf=Choose to make '{0}' the last column.", columns[i].Name);
                index = null;
            }
            index += columns[i].Type.GetValueCount();
        }
        return lines;
    }

    // Behind a column of unknown length the place of a column is unknown: -1, which only the long form can say.
    private static string DescribeColumn(DataViewSchema.Column column, int? start)
    {
        int min = start ?? -1;
        var range = column.Type switch
        {
            VectorDataViewType { IsKnownSize: true } vector => new TextLoader.Range { Min = min, Max = min + vector.Size - 1, ForceVector = true },
            VectorDataViewType => new TextLoader.Range { Min = min, VariableEnd = true },
            _ => new TextLoader.Range { Min = min },
        };
        var itemType = column.Type.GetItemType();
        var description = new TextLoader.Column
        {
            Name = column.Name,
            Type = itemType.GetRawKind(),
            Source = [range],
            KeyCount = itemType is KeyDataViewType key ? new KeyCount(key.Count) : null,
        };
        return start == null || NeedsQuoting(column.Name) ? DescribeLong(description) : description.Unparse();
    }

    private static string DescribeLong(TextLoader.Column column)
    {
        var text = new StringBuilder("{name=").Append(NeedsQuoting(column.Name) ? $"{{{column.Name}}}" : column.Name);
        if (column.Type != InternalDataKind.R4)
            text.Append(" type=").Append(column.Type.GetString());
        var range = column.Source[0];
        text.Append(" src=");
        if (range.Min >= 0)
            text.Append(range.Unparse());
        else
        {
            text.Append($"{{ min={range.Min}");
            if (range.Max != null)
                text.Append($" max={range.Max}");
            if (range.VariableEnd)
                text.Append(" var=+");
            if (range.ForceVector)
                text.Append(" vector=+");
            text.Append('}');
        }
        if (column.KeyCount != null)
            text.Append(" key=").Append(column.KeyCount.Unparse());
        return text.Append('}').ToString();
    }

    private static bool NeedsQuoting(string name)
        => string.IsNullOrEmpty(name) || name.Any(c => char.IsWhiteSpace(c) || c is '{' or '}' or '"' or '#' or '=' or '\\');
}
