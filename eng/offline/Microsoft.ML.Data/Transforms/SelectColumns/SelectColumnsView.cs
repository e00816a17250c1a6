using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>A view of some columns of another view.</summary>
internal sealed class SelectColumnsView : IDataView, IRowToRowMapper
{
    private readonly IHost _host;
    private readonly ColumnSelectionMap _map;
    private readonly IDataView _source;

    public SelectColumnsView(IHostEnvironment env, ColumnSelectionMap map, IDataView source)
    {
        _host = env.Register("SelectColumnsDataTransform");
        _map = map;
        _source = source;
    }

    public bool CanShuffle => _source.CanShuffle;

    public DataViewSchema InputSchema => _map.InputSchema;

    public DataViewSchema OutputSchema => _map.OutputSchema;

    DataViewSchema IDataView.Schema => _map.OutputSchema;

    public long? GetRowCount() => _source.GetRowCount();

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        => _map.InputsOf(dependingColumns);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new Row(input, _map);

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(_host, _source.GetRowCursor(_map.InputsOf(columnsNeeded), rand), _map, ColumnSelection.ToFlags(columnsNeeded, OutputSchema));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = ColumnSelection.ToFlags(columnsNeeded, OutputSchema);
        var inputs = _source.GetRowCursorSet(_map.InputsOf(columnsNeeded), n, rand);
        return Array.ConvertAll(inputs, input => (DataViewRowCursor)new Cursor(_host, input, _map, active));
    }

    private sealed class Row(DataViewRow input, ColumnSelectionMap map) : WrappingRow(input)
    {
        public override DataViewSchema Schema => map.OutputSchema;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            => Input.GetGetter<TValue>(map.InputOf(column));
    }

    private sealed class Cursor(IHost host, DataViewRowCursor input, ColumnSelectionMap map, bool[] active)
        : SynchronizedCursorBase(host, input)
    {
        public override DataViewSchema Schema => map.OutputSchema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            => Input.GetGetter<TValue>(map.InputOf(column));
    }
}
