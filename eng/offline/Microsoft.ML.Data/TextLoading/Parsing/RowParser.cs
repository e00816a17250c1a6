using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Reads lines into the columns of a layout.</summary>
internal sealed class RowParser(TextLineFormat format, TextColumn[] columns)
{
    private readonly Conversions _conversions = Conversions.Get(format.NumberOptions);

    public RowBuffer CreateBuffer(ParseStatistics statistics, int capacity, bool[] active)
    {
        var rows = new RowBuffer(statistics, capacity);
        rows.Pipes = new ColumnPipe[columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            if (active[i])
                rows.Pipes[i] = ColumnPipe.Create(rows, columns[i], _conversions);
        }
        return rows;
    }

    public void Parse(RowBuffer rows, int row, FieldSplitter splitter, string path, TextLine line)
    {
        var text = line.Text.AsMemory();
        int count = splitter.Split(format.TrimWhitespace ? text.TrimEnd() : text, path, line.Number);
        for (int i = 0; i < columns.Length; i++)
        {
            if (rows.Pipes[i] == null)
                continue;
            if (columns[i].Type is VectorDataViewType)
                ReadVector(rows, row, columns[i], rows.Pipes[i], splitter.Fields, count, line.Number);
            else
                ReadScalar(rows, row, columns[i], rows.Pipes[i], splitter.Fields, line.Number);
        }
        rows.Statistics.CountRow();
    }

    private void ReadScalar(RowBuffer rows, int row, TextColumn column, ColumnPipe pipe, FieldSet fields, long line)
    {
        int index = column.Segments[0].Min;
        int place = fields.FirstAtOrAfter(index);
        if (place < fields.Count && fields.IndexAt(place) == index)
        {
            var text = fields.TextAt(place);
            if (pipe.Consume(row, 0, text))
                return;
            if (!pipe.HasMissingValue)
                throw Contracts.Except($"Could not parse value {text} in line {line}, column {column.Name}");
            rows.Statistics.BadValue(line, column.Name);
        }
        else if (format.MissingRealsAsNaNs && pipe.IsReal)
            pipe.Consume(row, 0, default);
        else
            pipe.Reset(row, 0);
    }

    private void ReadVector(RowBuffer rows, int row, TextColumn column, ColumnPipe pipe, FieldSet fields, int count, long line)
    {
        int size = column.FixedSize;
        foreach (var segment in column.Segments)
        {
            if (segment.IsVariable)
                size = checked(size + Math.Max(0, count - segment.Min));
        }
        pipe.Reset(row, size);
        int slot = 0;
        foreach (var segment in column.Segments)
        {
            // On a line that ends before the segment the segment has, as in the original, a negative length.
            int lim = segment.IsVariable ? count : segment.Lim;
            int offset = slot - segment.Min;
            int place = fields.FirstAtOrAfter(segment.Min);
            for (; place < fields.Count && fields.IndexAt(place) < lim; place++)
                ConsumeItem(rows, row, column, pipe, fields, place, offset, line);
            if (format.MissingRealsAsNaNs && place >= fields.Count && pipe.IsReal)
            {
                // The line is too short: what is missing counts as empty.
                for (int index = Math.Max(segment.Min, fields.Count); index < lim; index++)
                    pipe.Consume(row, offset + index, default);
            }
            slot += lim - segment.Min;
        }
    }

    private static void ConsumeItem(RowBuffer rows, int row, TextColumn column, ColumnPipe pipe, FieldSet fields, int place, int offset, long line)
    {
        int slot = offset + fields.IndexAt(place);
        var text = fields.TextAt(place);
        if (pipe.Consume(row, slot, text))
            return;
        if (!pipe.HasMissingValue)
            throw Contracts.Except($"Could not parse value {text} in slot {slot} of column {column.Name} in line {line}");
        rows.Statistics.BadValue(line, column.Name, slot);
    }
}
