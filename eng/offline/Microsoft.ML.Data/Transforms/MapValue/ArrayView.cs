using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>A view of columns in memory.</summary>
internal sealed class ArrayView : IDataView
{
    private readonly IHost _host;
    private readonly ArrayColumn[] _columns;

    public ArrayView(IHostEnvironment env, params ArrayColumn[] columns)
    {
        _host = env.Register("ArrayDataView");
        _columns = columns;
        var builder = new DataViewSchema.Builder();
        foreach (var column in columns)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            if (column.KeyValues is { } texts)
            {
                annotations.AddKeyValues(texts.Length, TextDataViewType.Instance,
                    (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(texts.Length, [.. texts]));
            }
            builder.AddColumn(column.Name, column.Type, annotations.ToAnnotations());
        }
        Schema = builder.ToSchema();
    }

    public bool CanShuffle => true;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => _columns[0].Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(this, ColumnSelection.ToFlags(columnsNeeded, Schema), rand);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : RootCursorBase
    {
        private const string BadState = "Values cannot be fetched at this time. This method was called either before the first call to MoveNext, or at any point after MoveNext returned false.";
        private readonly ArrayView _view;
        private readonly bool[] _active;
        private readonly int[] _order;

        public Cursor(ArrayView view, bool[] active, Random random)
            : base(view._host)
        {
            _view = view;
            _active = active;
            if (random != null)
                _order = GetRandomOrder(random, view._columns[0].Count);
        }

        public override DataViewSchema Schema => _view.Schema;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter()
            => (ref DataViewRowId value) => value = new DataViewRowId((ulong)Row(), 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.Check(_active[column.Index], "the requested column is not active");
            return _view._columns[column.Index].MakeGetter(Row) as ValueGetter<TValue>
                ?? throw Ch.Except($"Invalid TValue: '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
        }

        protected override bool MoveNextCore() => Position + 1 < _view._columns[0].Count;

        private int Row()
        {
            Ch.Check(IsGood, BadState);
            return _order == null ? (int)Position : _order[(int)Position];
        }

        private static int[] GetRandomOrder(Random random, int count)
        {
            int[] order = [.. Enumerable.Range(0, count)];
            random.Shuffle(order);
            return order;
        }
    }
}
