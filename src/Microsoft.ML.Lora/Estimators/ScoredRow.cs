using Microsoft.ML.Data;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// A row with its scores, computed when one of them is first asked for at a position. Each position is a pass of its own: a model that was exchanged
/// since the last one is seen.
/// </summary>
internal sealed class ScoredRow : DataViewRow
{
    private readonly IRowScorer _scorer;
    private readonly DataViewRow _input;
    private readonly HashSet<int> _active;
    private Scored _scored;
    private long _scoredPosition = long.MinValue;

    public ScoredRow(IRowScorer scorer, DataViewRow input, DataViewSchema schema, HashSet<int> active)
    {
        _scorer = scorer;
        _input = input;
        _active = active;
        Schema = schema;
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!_active.Contains(column.Index))
            throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' is not active in this row.");
        int added = column.Index - _input.Schema.Count;
        if (added < 0)
            return _input.GetGetter<TValue>(_input.Schema[column.Index]);
        return OutputGetters.Typed<TValue>(_scorer.CreateGetter(added, column, Current), column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _input.Dispose();
        base.Dispose(disposing);
    }

    private Scored Current()
    {
        if (_scoredPosition != _input.Position)
        {
            using IScoringPass pass = _scorer.Open(_input);
            TokenizedRow row = pass.Read(out _);
            _scored = new Scored(row, pass.Start([row]).Wait()[0]);
            _scoredPosition = _input.Position;
        }

        return _scored;
    }
}
