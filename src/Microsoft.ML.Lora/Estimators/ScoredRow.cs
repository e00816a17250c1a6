using Microsoft.ML.Data;
using Microsoft.ML.Lora.Data;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>A row with its scores, computed when one of them is first asked for at a position.</summary>
internal sealed class ScoredRow : DataViewRow
{
    private readonly IRowScorer _scorer;
    private readonly DataViewRow _input;
    private readonly HashSet<int> _active;
    private readonly TextInput? _text;
    private float[] _scores = [];
    private long _scoredPosition = long.MinValue;

    public ScoredRow(IRowScorer scorer, ColumnNames names, DataViewRow input, DataViewSchema schema, HashSet<int> active)
    {
        _scorer = scorer;
        _input = input;
        _active = active;
        Schema = schema;
        if (active.Any(index => index >= input.Schema.Count))
            _text = new TextInput(input, names);
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
        return added < 0
            ? _input.GetGetter<TValue>(_input.Schema[column.Index])
            : OutputGetters.Create<TValue>(added, column, Scores);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _input.Dispose();
        base.Dispose(disposing);
    }

    private ReadOnlyMemory<float> Scores()
    {
        if (_scoredPosition != _input.Position)
        {
            _scores = _scorer.Score([_text!.Read(_scorer, out _)])[0];
            _scoredPosition = _input.Position;
        }

        return _scores;
    }
}
