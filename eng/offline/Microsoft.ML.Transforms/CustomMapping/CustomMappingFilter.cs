using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Drops the rows for which the user's own code says so; that code may keep a state per cursor.</summary>
internal sealed class CustomMappingFilter<TSrc> : IDataView
    where TSrc : class, new()
{
    private readonly IHost _host;
    private readonly IDataView _input;
    private readonly TypedCursorable<TSrc> _source;
    private readonly bool _hasState;
    private Func<Func<TSrc, bool>> _startPredicate;

    private CustomMappingFilter(IHostEnvironment env, IDataView input, bool hasState)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register("CustomFilter");
        _host.CheckValue(input, nameof(input));
        _input = input;
        _source = TypedCursorable<TSrc>.Create(_host, input, false, null);
        _hasState = hasState;
    }

    public bool CanShuffle => !_hasState && _input.CanShuffle;

    public DataViewSchema Schema => _input.Schema;

    public static CustomMappingFilter<TSrc> Create(IHostEnvironment env, IDataView input, Func<TSrc, bool> predicate)
    {
        var filter = new CustomMappingFilter<TSrc>(env, input, false);
        filter._host.CheckValue(predicate, nameof(predicate));
        filter._startPredicate = () => predicate;
        return filter;
    }

    public static CustomMappingFilter<TSrc> Create<TState>(
        IHostEnvironment env, IDataView input, Func<TSrc, TState, bool> predicate, Action<TState> stateInitAction)
        where TState : class, new()
    {
        var filter = new CustomMappingFilter<TSrc>(env, input, true);
        filter._host.CheckValue(predicate, nameof(predicate));
        filter._host.CheckValue(stateInitAction, nameof(stateInitAction));
        filter._startPredicate = () =>
        {
            var state = new TState();
            stateInitAction(state);
            return row => predicate(row, state);
        };
        return filter;
    }

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = ActiveColumns(columnsNeeded);
        return new Cursor(this, _input.GetRowCursor(Schema.Where(column => active[column.Index]), rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        // A state sees every row, so there is one cursor.
        if (_hasState)
            return [GetRowCursor(columnsNeeded, rand)];
        var active = ActiveColumns(columnsNeeded);
        return Array.ConvertAll(_input.GetRowCursorSet(Schema.Where(column => active[column.Index]), n, rand),
            DataViewRowCursor (input) => new Cursor(this, input, active));
    }

    private bool[] ActiveColumns(IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        var active = ColumnSelection.ToFlags(columnsNeeded, Schema);
        for (int i = 0; i < active.Length; i++)
            active[i] |= _source.IsNeeded(i);
        return active;
    }

    private sealed class Cursor : LinkedRowFilterCursorBase
    {
        private readonly IRowReadableAs<TSrc> _reader;
        private readonly Func<TSrc, bool> _isDropped;
        private readonly TSrc _row = new();

        public Cursor(CustomMappingFilter<TSrc> parent, DataViewRowCursor input, bool[] active)
            : base(parent._host, input, input.Schema, active)
        {
            _reader = parent._source.GetRow(input);
            _isDropped = parent._startPredicate();
        }

        protected override bool Accept()
        {
            _reader.FillValues(_row);
            return !_isDropped(_row);
        }
    }
}
