using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Data;

/// <summary>Copies the active columns of a row, and its id, into growing arrays.</summary>
internal sealed class RowBatchBuilder
{
    private readonly ColumnCopier[] _copiers;

    public RowBatchBuilder(DataViewRow row, IReadOnlyList<int> columns)
    {
        _copiers = new ColumnCopier[columns.Count + 1];
        for (int i = 0; i < columns.Count; i++)
        {
            var column = row.Schema[columns[i]];
            _copiers[i] = GenericCall.InvokeStatic<ColumnCopier>(
                typeof(RowBatchBuilder), nameof(MakeCopier), [column.Type.RawType], row, column);
        }
        _copiers[^1] = new ColumnCopier<DataViewRowId>(row.GetIdGetter());
    }

    public int Count { get; private set; }

    public void Add()
    {
        foreach (var copier in _copiers)
            copier.Copy(Count);
        Count++;
    }

    public RowBatch Take(long number)
    {
        var batch = new RowBatch(number, Count, Array.ConvertAll(_copiers, copier => copier.Take()));
        Count = 0;
        return batch;
    }

    private static ColumnCopier MakeCopier<T>(DataViewRow row, DataViewSchema.Column column)
        => new ColumnCopier<T>(row.GetGetter<T>(column));

    private abstract class ColumnCopier
    {
        public abstract void Copy(int index);

        public abstract Array Take();
    }

    private sealed class ColumnCopier<T>(ValueGetter<T> getter) : ColumnCopier
    {
        private T[] _values = new T[16];

        public override void Copy(int index)
        {
            if (index >= _values.Length)
                Array.Resize(ref _values, 2 * _values.Length);
            getter(ref _values[index]);
        }

        public override Array Take()
        {
            var values = _values;
            _values = new T[values.Length];
            return values;
        }
    }
}
