using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A view of a sequence of objects, enumerated anew for each cursor.</summary>
internal sealed class StreamingDataView<TRow> : IDataView
    where TRow : class
{
    public const string FetchStateError =
        "Values cannot be fetched at this time. This method was called either before the first call to MoveNext, or at any point after "
        + "MoveNext returned false.";

    private readonly IHost _host;
    private readonly IEnumerable<TRow> _data;
    private readonly InternalSchemaDefinition _definition;

    public StreamingDataView(IHostEnvironment env, IEnumerable<TRow> data, InternalSchemaDefinition definition)
    {
        _host = env.Register("StreamingDataView");
        _data = data;
        _definition = definition;
        Schema = definition.ToSchema();
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => (_data as ICollection<TRow>)?.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(new Row(this, ColumnSelection.ToPredicate(columnsNeeded, Schema)));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    /// <summary>The position in the sequence.</summary>
    private sealed class Row : ObjectRow<TRow>
    {
        private readonly IChannel _channel;
        private readonly IEnumerator<TRow> _enumerator;
        private TRow _current;
        private long _position = -1;
        private bool _disposed;

        public Row(StreamingDataView<TRow> view, Func<int, bool> isActive)
            : base(view._host, view.Schema, view._definition, isActive)
        {
            _channel = view._host.Start("Cursor");
            _enumerator = view._data.GetEnumerator();
        }

        public override long Position => _position;

        protected override TRow Current => _current;

        public override ValueGetter<DataViewRowId> GetIdGetter()
            => (ref DataViewRowId id) =>
            {
                _channel.Check(_position >= 0, FetchStateError);
                id = new DataViewRowId((ulong)_position, 0);
            };

        public bool MoveNext()
        {
            if (_disposed)
                return false;
            if (!_enumerator.MoveNext())
            {
                _current = null;
                Dispose();
                return false;
            }
            _current = _enumerator.Current ?? throw _channel.Except("Encountered null when iterating over data, this is not supported.");
            _position++;
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (_disposed)
                return;
            if (disposing)
            {
                _channel.Dispose();
                _position = -1;
            }
            _disposed = true;
            base.Dispose(disposing);
        }
    }

    private sealed class Cursor(Row row) : DataViewRowCursor
    {
        public override DataViewSchema Schema => row.Schema;

        public override long Position => row.Position;

        public override long Batch => row.Batch;

        public override bool MoveNext() => row.MoveNext();

        public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                row.Dispose();
        }
    }
}
