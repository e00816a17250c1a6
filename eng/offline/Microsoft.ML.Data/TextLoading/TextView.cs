using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The rows of some text files.</summary>
internal sealed class TextView : IDataView, ICanSaveModel
{
    private const int BatchSize = 64;
    private readonly IHost _loaderHost;
    private readonly TextLineFormat _format;
    private readonly TextLayout _layout;
    private readonly IMultiStreamSource _files;

    public TextView(IHost loaderHost, TextLineFormat format, TextLayout layout, IMultiStreamSource files)
    {
        _loaderHost = loaderHost;
        _format = format;
        _layout = layout;
        _files = files;
        Parser = new RowParser(format, layout.Columns);
    }

    public RowParser Parser { get; }

    public bool CanShuffle => false;

    public DataViewSchema Schema => _layout.Schema;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => Open(columnsNeeded, CountCursors(0), 1)[0];

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        int count = CountCursors(n);
        return Open(columnsNeeded, 1, count);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw _loaderHost.ExceptNotSupp();

    // A short file is not worth more threads.
    private int CountCursors(int wanted)
    {
        int count = ParallelCursors.GetThreadCount(wanted, preferOne: !_format.UseThreads);
        long batches = _format.MaxRows / BatchSize;
        return count > batches ? Math.Max(1, (int)batches) : count;
    }

    private DataViewRowCursor[] Open(IEnumerable<DataViewSchema.Column> columns, int parsers, int cursors)
    {
        var active = ColumnSelection.ToFlags(columns, Schema);
        int needed = 0;
        foreach (var column in _layout.Columns.Where((_, index) => active[index]))
            needed = Math.Max(needed, column.Segments.Max(segment => segment.Lim - 1));
        if (_format.InputSize > 0)
            needed = Math.Min(needed, _format.InputSize - 1);

        var reader = new TextLineReader(_files, _format, BatchSize, _format.HasHeader, _format.MaxRows, cursors);
        var statistics = new ParseStatistics(_loaderHost, cursors);
        var result = new DataViewRowCursor[cursors];
        for (int i = 0; i < cursors; i++)
        {
            var splitter = new FieldSplitter(statistics, _format, needed);
            result[i] = new TextCursor(_loaderHost, this, active, reader, statistics, splitter, inBatches: parsers > 1, BatchSize);
        }
        return result;
    }
}
