using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The view that adds the columns of a row mapper to its source.</summary>
internal sealed class RowToRowMapperTransform : TransformBase, IRowToRowMapper
{
    private readonly IRowMapper _mapper;
    private readonly ColumnBindings _bindings;

    public RowToRowMapperTransform(IHostEnvironment env, IDataView input, IRowMapper mapper)
        : base(env, "RowToRowMapperTransform", input)
    {
        _mapper = mapper;
        _bindings = new ColumnBindings(input.Schema, mapper.GetOutputColumns());
    }

    public override DataViewSchema OutputSchema => _bindings.Schema;

    public DataViewSchema InputSchema => Source.Schema;

    public static DataViewSchema GetOutputSchema(DataViewSchema inputSchema, IRowMapper mapper)
        => new ColumnBindings(inputSchema, mapper.GetOutputColumns()).Schema;

    public ITransformer GetTransformer() => _mapper.GetTransformer();

    public override long? GetRowCount() => Source.GetRowCount();

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        => InputsFor(ColumnSelection.ToFlags(dependingColumns, OutputSchema));

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Host.CheckValue(input, nameof(input));
        Host.CheckValue(activeColumns, nameof(activeColumns));
        Host.Check(input.Schema == Source.Schema, "Schema of input row must be the same as the schema the mapper is bound to");
        using var channel = Host.Start("GetEntireRow");
        var active = ColumnSelection.ToFlags(activeColumns, OutputSchema);
        var getters = _mapper.CreateGetters(input, ActiveOutput(active), out var disposer);
        return new Row(input, _bindings, getters, disposer);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = ColumnSelection.ToFlags(columnsNeeded, OutputSchema);
        var inputs = Source.GetRowCursorSet(InputsFor(active), n, rand);
        if (inputs.Length == 1 && n > 1 && _bindings.AddedColumnIndices.Any(index => active[index]))
            inputs = ParallelCursors.Split(Host, inputs[0], n);
        return Array.ConvertAll(inputs, input => (DataViewRowCursor)new Cursor(this, input, active));
    }

    protected override bool? WantsParallelCursors(Func<int, bool> needed)
        => _bindings.AddedColumnIndices.Any(needed) ? true : null;

    protected override DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand)
    {
        var active = ColumnSelection.ToFlags(columnsNeeded, OutputSchema);
        return new Cursor(this, Source.GetRowCursor(InputsFor(active), rand), active);
    }

    private Func<int, bool> ActiveOutput(bool[] active) => added => active[_bindings.AddedColumnIndices[added]];

    private IEnumerable<DataViewSchema.Column> InputsFor(bool[] active)
    {
        var direct = _bindings.GetActiveInput(index => active[index]);
        var derived = _mapper.GetDependencies(ActiveOutput(active));
        return [.. InputSchema.Where(column => direct[column.Index] || derived(column.Index))];
    }

    private static ValueGetter<TValue> Cast<TValue>(Delegate getter)
        => getter as ValueGetter<TValue> ?? throw new InvalidOperationException(
            $"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");

    private sealed class Row(DataViewRow input, ColumnBindings bindings, Delegate[] getters, Action disposer) : WrappingRow(input)
    {
        public override DataViewSchema Schema => bindings.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            int index = bindings.MapColumnIndex(out bool isInput, column.Index);
            return isInput ? Input.IsColumnActive(Input.Schema[index]) : getters[index] != null;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            int index = bindings.MapColumnIndex(out bool isInput, column.Index);
            return isInput ? Input.GetGetter<TValue>(Input.Schema[index]) : Cast<TValue>(getters[index]);
        }

        protected override void DisposeCore(bool disposing)
        {
            if (disposing)
                disposer?.Invoke();
        }
    }

    private sealed class Cursor : SynchronizedCursorBase
    {
        private readonly ColumnBindings _bindings;
        private readonly bool[] _active;
        private readonly Delegate[] _getters;
        private Action _disposer;

        public Cursor(RowToRowMapperTransform parent, DataViewRowCursor input, bool[] active)
            : base(parent.Host, input)
        {
            _bindings = parent._bindings;
            _active = active;
            _getters = parent._mapper.CreateGetters(input, parent.ActiveOutput(active), out _disposer);
        }

        public override DataViewSchema Schema => _bindings.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.Check(IsColumnActive(column));
            int index = _bindings.MapColumnIndex(out bool isInput, column.Index);
            return isInput ? Input.GetGetter<TValue>(Input.Schema[index]) : Cast<TValue>(_getters[index]);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                Interlocked.Exchange(ref _disposer, null)?.Invoke();
            base.Dispose(disposing);
        }
    }
}
