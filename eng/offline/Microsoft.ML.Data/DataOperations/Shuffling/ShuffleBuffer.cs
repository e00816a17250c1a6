using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Data;

/// <summary>Values of a column of the rows that wait to be shuffled, by slot.</summary>
internal abstract class ShuffleBuffer
{
    public static ShuffleBuffer Create(DataViewRow row, DataViewSchema.Column column, int slots)
        => GenericCall.InvokeStatic<ShuffleBuffer>(
            typeof(ShuffleBuffer),
            column.Type is VectorDataViewType ? nameof(CreateVector) : nameof(CreateValue),
            [column.Type.GetItemType().RawType], row, column, slots);

    public static ShuffleBuffer CreateIds(DataViewRow row, int slots) => new Buffer<DataViewRowId>(row.GetIdGetter(), slots, null);

    /// <summary>Takes the value of the current row of the source.</summary>
    public abstract void Fill(int slot);

    public abstract Delegate CreateGetter(Func<int> slot);

    private static ShuffleBuffer CreateValue<T>(DataViewRow row, DataViewSchema.Column column, int slots)
        => new Buffer<T>(row.GetGetter<T>(column), slots, null);

    private static ShuffleBuffer CreateVector<T>(DataViewRow row, DataViewSchema.Column column, int slots)
        => new Buffer<VBuffer<T>>(row.GetGetter<VBuffer<T>>(column), slots, Copy);

    private static void Copy<T>(in VBuffer<T> source, ref VBuffer<T> destination) => source.CopyTo(ref destination);

    private sealed class Buffer<T>(ValueGetter<T> getter, int slots, ValueMapper<T, T> copy) : ShuffleBuffer
    {
        private readonly T[] _values = new T[slots];

        public override void Fill(int slot) => getter(ref _values[slot]);

        public override Delegate CreateGetter(Func<int> slot)
            => (ValueGetter<T>)((ref T value) =>
            {
                if (copy == null)
                    value = _values[slot()];
                else
                    copy(in _values[slot()], ref value);
            });
    }
}
