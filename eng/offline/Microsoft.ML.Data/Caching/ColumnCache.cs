using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The cached values of a column.</summary>
internal abstract class ColumnCache
{
    protected ColumnCache(RowGate gate) => Gate = gate;

    public RowGate Gate { get; }

    public static ColumnCache Create<T>(DataViewRowCursor cursor, DataViewSchema.Column column, RowGate gate)
        => new Column<T>(cursor.GetGetter<T>(column), gate);

    public static ColumnCache CreateVector<T>(DataViewRowCursor cursor, DataViewSchema.Column column, RowGate gate)
    {
        var getter = cursor.GetGetter<VBuffer<T>>(column);
        int size = column.Type.GetVectorSize();
        void GetChecked(ref VBuffer<T> value)
        {
            getter(ref value);
            if (size != 0 && size != value.Length)
                throw Contracts.Except("Caching expected vector of size {0}, but {1} encountered.", size, value.Length);
        }
        return new Column<VBuffer<T>>(GetChecked, gate, Copy);
    }

    public abstract void CacheCurrent();

    public abstract Delegate CreateGetter(Func<int> row);

    private static void Copy<T>(in VBuffer<T> source, ref VBuffer<T> destination) => source.CopyTo(ref destination);

    private delegate void Copier<T>(in T source, ref T destination);

    private sealed class Column<T>(ValueGetter<T> getter, RowGate gate, Copier<T> copy = null) : ColumnCache(gate)
    {
        private T[] _values = new T[16];
        private int _count;

        public override void CacheCurrent()
        {
            if (_count == _values.Length)
                Array.Resize(ref _values, 2 * _count);
            getter(ref _values[_count]);
            _count++;
        }

        public override Delegate CreateGetter(Func<int> row)
            => (ValueGetter<T>)((ref T value) =>
            {
                ref readonly T cached = ref _values[row()];
                if (copy == null)
                    value = cached;
                else
                    copy(in cached, ref value);
            });
    }
}
