using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>A cursor that adds scores, computed many rows at a time behind the consumer's back, in the order of the input.</summary>
internal sealed class BatchScoringCursor : DataViewRowCursor
{
    private readonly DataViewRowCursor _input;
    private readonly HashSet<int> _active;
    private readonly LookAhead _ahead;
    private readonly IRowScorer _scorer;
    private readonly IScoringPass _pass;
    private readonly Action<long> _reportTruncated;
    private int _row = -1;
    private long _position = -1;
    private bool _ended;
    private bool _disposed;

    /// <param name="scorer">Scores the rows.</param>
    /// <param name="view">The input.</param>
    /// <param name="schema">The output: the input's columns, then the added ones.</param>
    /// <param name="active">Indices of the output's columns that the consumer needs.</param>
    /// <param name="reportTruncated">Told at the end how many rows were cut, if any were.</param>
    public BatchScoringCursor(
        IRowScorer scorer, IDataView view, DataViewSchema schema, HashSet<int> active, Action<long> reportTruncated)
    {
        Schema = schema;
        _scorer = scorer;
        _active = active;
        _reportTruncated = reportTruncated;

        DataViewSchema.Column[] handedOn = [.. view.Schema.Where(column => active.Contains(column.Index))];
        _input = view.GetRowCursor([.. handedOn.Concat(scorer.InputColumns(view.Schema)).DistinctBy(column => column.Index)]);
        try
        {
            _pass = scorer.Open(_input);
            _ahead = new LookAhead(_input, _pass, handedOn);
        }
        catch
        {
            _pass?.Dispose();
            _input.Dispose();
            throw;
        }
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _position;

    public override long Batch => _row < 0 ? 0 : _ahead.Window.Batch(_row);

    public override bool MoveNext()
    {
        if (_disposed || _ended)
            return false;
        if (++_row < _ahead.Window.Count)
        {
            _position++;
            return true;
        }

        if (_ahead.Advance())
        {
            _row = 0;
            _position++;
            return true;
        }

        _ended = true;
        _row = -1;
        _position = -1;
        return false;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ahead.Window.Id(CurrentRow());

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!_active.Contains(column.Index))
            throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' is not active in this cursor.");
        int added = column.Index - _input.Schema.Count;
        return added < 0
            ? _ahead.CreateGetter<TValue>(column, CurrentRow)
            : OutputGetters.Typed<TValue>(_scorer.CreateGetter(added, column, () => _ahead.Scored(CurrentRow())), column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _row = -1;
            _position = -1;
            _ahead.Abandon();
            _input.Dispose();
            _pass.Dispose();
            if (_ahead.TruncatedRows > 0)
                _reportTruncated(_ahead.TruncatedRows);
        }

        base.Dispose(disposing);
    }

    private int CurrentRow() => _row >= 0
        ? _row
        : throw new InvalidOperationException("Cannot get a value: the cursor has not started, or has been moved past the last row.");
}
