using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The columns of a loader, with the header line where there is one.</summary>
internal sealed class TextLayout
{
    public TextLayout(IHost host, TextLineFormat format, TextColumn[] columns, string header)
    {
        Columns = columns;
        Header = header;
        Schema = MakeSchema(host, format);
    }

    public TextColumn[] Columns { get; }

    public string Header { get; }

    public DataViewSchema Schema { get; }

    // *** Binary format ***
    // int: number of columns
    // for each column:
    //   int: id of the name
    //   byte: kind
    //   byte: whether it is a key; for a key: ulong: its count
    //   int: number of segments; for each: int: min, int: lim, byte: force vector
    // text stream "Header.txt": the header line, if there is one
    public static TextLayout Load(IHost host, TextLineFormat format, ModelLoadContext ctx)
    {
        int count = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(count > 0);
        var columns = new List<TextColumn>();
        for (int i = 0; i < count; i++)
        {
            string name = ctx.LoadNonEmptyString();
            var type = LoadType(ctx);
            int segmentCount = ctx.Reader.ReadInt32();
            Contracts.CheckDecode(segmentCount > 0);
            var segments = new List<TextSegment>();
            for (int j = 0; j < segmentCount; j++)
            {
                int min = ctx.Reader.ReadInt32();
                int lim = ctx.Reader.ReadInt32();
                Contracts.CheckDecode(min >= 0 && min < lim);
                segments.Add(new TextSegment(min, lim, ctx.Reader.ReadBoolByte()));
            }
            columns.Add(TextColumn.Create(name, type, [.. segments], byUser: false));
        }
        string header = null;
        ctx.TryLoadTextStream("Header.txt", reader => header = reader.ReadLine());
        return new TextLayout(host, format, [.. columns], header);
    }

    public void Save(ModelSaveContext ctx)
    {
        ctx.Writer.Write(Columns.Length);
        foreach (var column in Columns)
        {
            ctx.SaveNonEmptyString(column.Name);
            var itemType = column.Type.GetItemType();
            ctx.Writer.Write((byte)itemType.GetRawKind());
            ctx.Writer.WriteBoolByte(itemType is KeyDataViewType);
            if (itemType is KeyDataViewType key)
                ctx.Writer.Write(key.Count);
            ctx.Writer.Write(column.Segments.Length);
            foreach (var segment in column.Segments)
            {
                ctx.Writer.Write(segment.Min);
                ctx.Writer.Write(segment.Lim);
                ctx.Writer.WriteBoolByte(segment.ForceVector);
            }
        }
        if (!string.IsNullOrEmpty(Header))
            ctx.SaveTextStream("Header.txt", writer => writer.WriteLine(Header));
    }

    private static PrimitiveDataViewType LoadType(ModelLoadContext ctx)
    {
        var kind = (InternalDataKind)ctx.Reader.ReadByte();
        Contracts.CheckDecode(Enum.IsDefined(kind));
        if (!ctx.Reader.ReadBoolByte())
            return ColumnTypeExtensions.PrimitiveTypeFromKind(kind);
        Contracts.CheckDecode(KeyDataViewType.IsValidDataType(kind.ToType()));
        ulong count = ctx.Reader.ReadUInt64();
        Contracts.CheckDecode(count > 0);
        return new KeyDataViewType(kind.ToType(), count);
    }

    private DataViewSchema MakeSchema(IHost host, TextLineFormat format)
    {
        var fields = string.IsNullOrEmpty(Header) ? null : SplitHeader(host, format);
        var builder = new DataViewSchema.Builder();
        foreach (var column in Columns)
        {
            var names = fields == null || !column.Type.IsKnownSizeVector() ? null : GetSlotNames(column, fields);
            var annotations = new DataViewSchema.Annotations.Builder();
            if (names != null)
            {
                annotations.AddSlotNames(names.Length,
                    (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(names.Length, [.. names]));
            }
            builder.AddColumn(column.Name, column.Type, annotations.ToAnnotations());
        }
        return builder.ToSchema();
    }

    private FieldSet SplitHeader(IHost host, TextLineFormat format)
    {
        var statistics = new ParseStatistics(host, 1, maxShown: 0);
        try
        {
            var splitter = new FieldSplitter(statistics, format, int.MaxValue);
            splitter.Split(Header.AsMemory());
            return splitter.Fields;
        }
        finally
        {
            statistics.Release();
        }
    }

    // Null when the header has nothing for any of the slots.
    private static ReadOnlyMemory<char>[] GetSlotNames(TextColumn column, FieldSet fields)
    {
        var names = new ReadOnlyMemory<char>[column.FixedSize];
        bool any = false;
        int slot = 0;
        foreach (var segment in column.Segments)
        {
            for (int place = fields.FirstAtOrAfter(segment.Min); place < fields.Count && fields.IndexAt(place) < segment.Lim; place++)
            {
                var name = fields.TextAt(place).Trim();
                names[slot + fields.IndexAt(place) - segment.Min] = name;
                any |= !name.IsEmpty;
            }
            slot += segment.Lim - segment.Min;
        }
        return any ? names : null;
    }
}
