using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A cursor over a view in the binary format.</summary>
internal sealed class BinaryCursor : RootCursorBase
{
    private readonly BinaryLoader _parent;
    private readonly Delegate[] _getters;

    public BinaryCursor(IHost host, BinaryLoader parent, bool[] active)
        : base(host)
    {
        _parent = parent;
        _getters = new Delegate[active.Length];
        for (int i = 0; i < active.Length; i++)
        {
            if (active[i])
                _getters[i] = GenericCall.Invoke<Delegate>(this, nameof(CreateGetter), [parent.Schema[i].Type.RawType], i);
        }
    }

    public override DataViewSchema Schema => _parent.Schema;

    public override long Batch => 0;

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        Ch.CheckParam(column.Index < _getters.Length, nameof(column));
        return _getters[column.Index] != null;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter()
        => (ref DataViewRowId id) =>
        {
            Ch.Check(IsGood, StreamingDataView<object>.FetchStateError);
            id = new DataViewRowId((ulong)Position, 0);
        };

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Ch.CheckParam(IsColumnActive(column), nameof(column), "requested column not active");
        var getter = _getters[column.Index];
        return getter as ValueGetter<TValue> ?? throw Ch.Except(
            $"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");
    }

    protected override bool MoveNextCore() => Position + 1 < _parent.GetRowCount();

    private Delegate CreateGetter<T>(int column)
    {
        var codec = (BinaryCodec<T>)_parent.CodecOf(column);
        int rowsPerBlock = _parent.RowsPerBlock(column);
        BinaryCodec<T>.Block block = null;
        long blockIndex = -1;
        return (ValueGetter<T>)((ref T value) =>
        {
            Ch.Check(IsGood, StreamingDataView<object>.FetchStateError);
            long wanted = Position / rowsPerBlock;
            if (wanted != blockIndex)
            {
                block = (BinaryCodec<T>.Block)_parent.ReadBlock(column, wanted);
                blockIndex = wanted;
            }
            codec.Copy(in block[(int)(Position % rowsPerBlock)], ref value);
        });
    }
}
