using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Makes a layout of the columns that were asked for, looking into the data where they say "up to the end".</summary>
internal sealed class TextLayoutBuilder(IHost host, TextLineFormat format, IMultiStreamSource headerFile, IMultiStreamSource dataSample)
{
    private const int MaxField = TextSegment.Endless - 1;

    public TextLayout Build(TextLoader.Column[] columns)
    {
        using var channel = host.Start("Binding");
        foreach (var column in columns)
        {
            if (column.Source == null || column.Source.Length == 0)
                throw channel.ExceptUserArg("Source", "Must specify some source column indices");
        }
        bool toTheEnd = columns.Any(column => column.Source.Any(range => range.AutoEnd && range.Max == null));
        var lines = ReadLines(toTheEnd && format.InputSize == 0);
        int inputSize = toTheEnd && format.InputSize == 0 ? GetInputSize(channel, lines) : format.InputSize;

        var result = MakeColumns(channel, columns, inputSize);
        string header = (format.HasHeader || headerFile != null) && lines.Count > 0 ? lines[0] : null;
        return new TextLayout(host, format, result, header);
    }

    private List<string> ReadLines(bool needSize)
    {
        var lines = new List<string>();
        if (headerFile != null)
            AddLines(lines, headerFile, 1);
        if (needSize)
            AddLines(lines, dataSample, 100);
        else if (headerFile == null && format.HasHeader)
            AddLines(lines, dataSample, 1);
        return lines;
    }

    private void AddLines(List<string> lines, IMultiStreamSource source, int count)
    {
        count = Math.Max(2, count);
        using var reader = new TextLineReader(source, format, count, skipHeader: false, count, 1);
        lines.AddRange((reader.GetBatch()?.Lines ?? []).Select(line => line.Text));
    }

    private int GetInputSize(IChannel channel, List<string> lines)
    {
        int min = int.MaxValue;
        int max = 0;
        var statistics = new ParseStatistics(host, 1, maxShown: 0);
        var splitter = new FieldSplitter(statistics, format, int.MaxValue);
        foreach (string line in lines)
        {
            var text = format.TrimWhitespace ? line.AsMemory().TrimEnd() : line.AsMemory();
            int size = text.IsEmpty ? 0 : splitter.Split(text);
            if (size == 0)
                continue;
            min = Math.Min(min, size);
            max = Math.Max(max, size);
        }
        statistics.Release();
        if (max == 0)
            throw channel.ExceptUserArg("Source", "Can't determine the number of source columns without valid data");
        if (min < max)
            throw channel.ExceptUserArg("Source", "The size of input lines is not consistent");
        return Math.Min(min, MaxField);
    }

    private static TextColumn[] MakeColumns(IChannel channel, TextLoader.Column[] columns, int inputSize)
    {
        var result = new TextColumn[columns.Length];
        var names = new HashSet<string>();
        (int Column, int Range, PrimitiveDataViewType Type, TextSegment[] Segments)? other = null;
        for (int i = 0; i < columns.Length; i++)
        {
            var column = columns[i];
            channel.CheckNonWhiteSpace(column.Name, nameof(column.Name));
            string name = column.Name.Trim();
            if (i == names.Count && names.Contains(name))
                channel.Info("Duplicate name(s) specified - later columns will hide earlier ones");
            var type = MakeType(channel, column);
            var segments = new TextSegment[column.Source.Length];
            for (int j = 0; j < segments.Length; j++)
            {
                if (column.Source[j].AllOther)
                {
                    channel.CheckUserArg(other == null, nameof(TextLoader.Range.AllOther), "At most one all other range can be specified");
                    other = (i, j, type, segments);
                }
                segments[j] = MakeSegment(channel, column.Source[j], inputSize);
            }
            if (other?.Column != i)
                result[i] = TextColumn.Create(name, type, segments, byUser: true);
            names.Add(name);
        }
        if (other is { } rest)
        {
            var segments = FillGaps(result, rest.Segments, rest.Range);
            channel.CheckUserArg(segments.Length > 0, nameof(TextLoader.Range.AllOther), "No index is selected as all other indexes.");
            result[rest.Column] = TextColumn.Create(columns[rest.Column].Name.Trim(), rest.Type, segments, byUser: true);
        }
        return result;
    }

    private static PrimitiveDataViewType MakeType(IChannel channel, TextLoader.Column column)
    {
        if (column.KeyCount != null)
            return TextLoader.MakeKeyType(column.Type, column.KeyCount);
        var kind = column.Type == default ? InternalDataKind.R4 : column.Type;
        channel.CheckUserArg(Enum.IsDefined(kind), nameof(TextLoader.Column.Type), "Bad item type");
        return ColumnTypeExtensions.PrimitiveTypeFromKind(kind);
    }

    private static TextSegment MakeSegment(IChannel channel, TextLoader.Range range, int inputSize)
    {
        int min = range.Min;
        channel.CheckUserArg(min is >= 0 and < MaxField, nameof(range.Min));
        if (range.Max is { } max)
        {
            channel.CheckUserArg(min <= max && max < MaxField, nameof(range.Max));
            return new TextSegment(min, max + 1, range.ForceVector);
        }
        if (range.AutoEnd)
        {
            if (min >= inputSize)
                throw channel.ExceptUserArg(nameof(range.Min), "Column #{0} not found in the dataset (it only has {1} columns)", min, inputSize);
            return new TextSegment(min, inputSize, true);
        }
        return range.VariableEnd ? new TextSegment(min, TextSegment.Endless, true) : new TextSegment(min, min + 1, range.ForceVector);
    }

    // Puts, in the place of the "all other" range, what no other segment covers of it.
    private static TextSegment[] FillGaps(TextColumn[] columns, TextSegment[] own, int place)
    {
        var taken = columns.Where(column => column != null).SelectMany(column => column.Segments)
            .Concat(own.Where((_, index) => index != place))
            .OrderBy(segment => segment.Min);
        var gaps = new List<TextSegment>();
        int min = own[place].Min;
        int lim = own[place].Lim;
        foreach (var segment in taken)
        {
            if (min < segment.Min)
                gaps.Add(new TextSegment(min, segment.Min, true));
            min = Math.Max(min, segment.Lim);
            if (min >= lim)
                break;
        }
        if (min < lim)
            gaps.Add(new TextSegment(min, lim, true));
        return [.. own[..place], .. gaps, .. own[(place + 1)..]];
    }
}
