using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Serves the rows of the batches that <c>next</c> hands over, until it returns null.</summary>
internal sealed class RowBatchCursor : RootCursorBase
{
    private const string BadState = "Cannot get value as the cursor is not in a good state";
    private readonly Func<RowBatch> _next;
    private readonly Action _quit;
    private readonly Delegate[] _getters;
    private RowBatch _current;
    private int _index;
    private bool _disposed;

    public RowBatchCursor(IChannelProvider provider, DataViewSchema schema, IReadOnlyList<int> columns, Func<RowBatch> next, Action quit)
        : base(provider)
    {
        Schema = schema;
        _next = next;
        _quit = quit;
        _getters = new Delegate[schema.Count];
        for (int i = 0; i < columns.Count; i++)
        {
            var type = schema[columns[i]].Type;
            _getters[columns[i]] = type is VectorDataViewType vector
                ? GenericCall.Invoke<Delegate>(this, nameof(MakeVectorGetter), [vector.ItemType.RawType], i)
                : GenericCall.Invoke<Delegate>(this, nameof(MakeGetter), [type.RawType], i);
        }
    }

    public override DataViewSchema Schema { get; }

    public override long Batch => _current?.Number ?? -1;

    public override bool IsColumnActive(DataViewSchema.Column column) => _getters[column.Index] != null;

    public override ValueGetter<DataViewRowId> GetIdGetter()
        => (ref DataViewRowId value) => value = ((DataViewRowId[])CurrentColumns()[^1])[_index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        var getter = _getters[column.Index];
        if (getter == null)
            throw Ch.ExceptParam(nameof(column), "requested column not active.");
        return getter as ValueGetter<TValue> ?? throw Ch.Except(
            $"Invalid TValue: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");
    }

    protected override bool MoveNextCore()
    {
        if (_current != null && ++_index < _current.Count)
            return true;
        _current = null;
        var batch = _next();
        if (batch == null)
            return false;
        batch.ThrowIfFailed();
        _index = 0;
        _current = batch;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (!_disposed && disposing)
        {
            _disposed = true;
            _current = null;
            _quit();
        }
        base.Dispose(disposing);
    }

    private Array[] CurrentColumns() => _current?.Columns ?? throw new InvalidOperationException(BadState);

    private Delegate MakeGetter<T>(int place)
        => (ValueGetter<T>)((ref T value) => value = ((T[])CurrentColumns()[place])[_index]);

    private Delegate MakeVectorGetter<T>(int place)
        => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => ((VBuffer<T>[])CurrentColumns()[place])[_index].CopyTo(ref value));
}
