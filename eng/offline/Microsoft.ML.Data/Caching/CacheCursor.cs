using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A cursor over cached columns.</summary>
internal sealed class CacheCursor : RootCursorBase
{
    private readonly CacheSequence _sequence;
    private readonly Delegate[] _getters;

    public CacheCursor(IHost host, CacheDataView parent, bool[] active, CacheSequence sequence)
        : base(host)
    {
        Schema = parent.Schema;
        _sequence = sequence;
        _getters = new Delegate[active.Length];
        for (int i = 0; i < active.Length; i++)
            _getters[i] = active[i] ? parent.CreateGetter(i, CurrentRow) : null;
    }

    public override DataViewSchema Schema { get; }

    public override long Batch => _sequence.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        Ch.CheckParam(column.Index < _getters.Length, nameof(column));
        return _getters[column.Index] != null;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter()
        => (ref DataViewRowId id) =>
        {
            Contracts.Check(IsGood, "Cannot call ID getter in current state");
            id = new DataViewRowId((ulong)_sequence.Row, 0);
        };

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Ch.CheckParam(column.Index <= _getters.Length && IsColumnActive(column), nameof(column), "requested column not active");
        var getter = _getters[column.Index];
        return getter as ValueGetter<TValue> ?? throw Ch.Except(
            $"Invalid TValue: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");
    }

    protected override bool MoveNextCore() => _sequence.MoveNext();

    private int CurrentRow()
    {
        Ch.Check(IsGood, StreamingDataView<object>.FetchStateError);
        return _sequence.Row;
    }
}
