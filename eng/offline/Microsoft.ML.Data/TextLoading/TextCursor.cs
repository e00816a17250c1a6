using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Serves parsed lines. With parser threads, lines are parsed a batch at a time before the first of them is served, so an
/// error costs the whole batch and arrives wrapped; without, line by line.
/// </summary>
internal sealed class TextCursor : RootCursorBase
{
    private readonly TextView _view;
    private readonly bool[] _active;
    private readonly TextLineReader _reader;
    private readonly FieldSplitter _splitter;
    private readonly bool _inBatches;
    private readonly RowBuffer _rows;
    private readonly Delegate[] _getters;
    private TextLineBatch _batch;
    private int _next;
    private long _row = -1;
    private bool _disposed;

    public TextCursor(IHost host, TextView view, bool[] active, TextLineReader reader, ParseStatistics statistics,
        FieldSplitter splitter, bool inBatches, int batchSize)
        : base(host)
    {
        _view = view;
        _active = active;
        _reader = reader;
        _splitter = splitter;
        _inBatches = inBatches;
        _rows = view.Parser.CreateBuffer(statistics, inBatches ? batchSize : 1, active);
        _getters = Array.ConvertAll(_rows.Pipes, pipe => pipe?.MakeGetter());
    }

    public override DataViewSchema Schema => _view.Schema;

    public override long Batch => _inBatches ? -1 : _batch?.Number ?? -1;

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        Ch.Check(column.Index < _active.Length);
        return _active[column.Index];
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
    {
        Ch.Check(IsGood, "Values cannot be fetched at this time. This method was called either before the first call to MoveNext, or at any point after MoveNext returned false.");
        value = new DataViewRowId((ulong)_row, 0);
    };

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Ch.CheckParam(column.Index < _getters.Length, nameof(column), "requested column not valid.");
        Ch.Check(IsColumnActive(column));
        var getter = _getters[column.Index];
        return getter as ValueGetter<TValue> ?? throw Ch.Except(
            $"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");
    }

    protected override bool MoveNextCore()
    {
        _rows.Current = -1;
        while (_batch == null || _next >= _batch.Lines.Count)
        {
            _batch = ReadBatch();
            _next = 0;
            if (_batch == null)
                return false;
        }
        if (!_inBatches)
            _view.Parser.Parse(_rows, 0, _splitter, _batch.Path, _batch.Lines[_next]);
        _row = _batch.FirstRow + _next;
        _rows.Current = _inBatches ? _next : 0;
        _next++;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (!_disposed && disposing)
        {
            _disposed = true;
            _reader.Dispose();
            _rows.Statistics.Release();
        }
        base.Dispose(disposing);
    }

    private TextLineBatch ReadBatch()
    {
        if (!_inBatches)
            return _reader.GetBatch();
        try
        {
            var batch = _reader.GetBatch();
            for (int i = 0; i < (batch?.Lines.Count ?? 0); i++)
                _view.Parser.Parse(_rows, i, _splitter, batch.Path, batch.Lines[i]);
            return batch;
        }
        catch (Exception ex)
        {
            throw Ch.ExceptDecode(ex, "Parsing failed with an exception: {0}", ex.Message);
        }
    }
}
