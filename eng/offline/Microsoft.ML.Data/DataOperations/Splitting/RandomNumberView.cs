using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Adds a column of numbers in [0, 1), the same for each place in each pass.</summary>
internal sealed class RandomNumberView : TransformBase
{
    private readonly TauswortheHybrid.State _state;
    private readonly int _index;

    public RandomNumberView(IHostEnvironment env, IDataView input, string name, uint seed)
        : base(env, "GenerateNumber", input)
    {
        _state = new TauswortheHybrid.State(seed);
        _index = input.Schema.Count;
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddPrimitiveValue(AnnotationUtils.Kinds.IsNormalized, BooleanDataViewType.Instance, true);
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(input.Schema);
        schema.AddColumn(name, NumberDataViewType.Single, annotations.ToAnnotations());
        OutputSchema = schema.ToSchema();
    }

    public override DataViewSchema OutputSchema { get; }

    public override bool CanShuffle => false;

    public override long? GetRowCount() => Source.GetRowCount();

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = ColumnSelection.ToFlags(columnsNeeded, OutputSchema);
        if (n <= 1 || active[_index])
            return [GetRowCursorCore(columnsNeeded, null)];
        return Array.ConvertAll(Source.GetRowCursorSet(InputsFor(active), n), input => (DataViewRowCursor)new Cursor(this, input, active));
    }

    protected override bool? WantsParallelCursors(Func<int, bool> needed) => needed(_index) ? false : null;

    protected override DataViewRowCursor GetRowCursorCore(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand)
    {
        var active = ColumnSelection.ToFlags(columnsNeeded, OutputSchema);
        return new Cursor(this, Source.GetRowCursor(InputsFor(active)), active);
    }

    private DataViewSchema.Column[] InputsFor(bool[] active) => Source.Schema.Where(column => active[column.Index]).ToArray();

    private sealed class Cursor(RandomNumberView parent, DataViewRowCursor input, bool[] active)
        : SynchronizedCursorBase(parent.Host, input)
    {
        private readonly TauswortheHybrid _random = new(parent._state);
        private long _drawn = -1;
        private float _value;

        public override DataViewSchema Schema => parent.OutputSchema;

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Ch.Check(column.Index < active.Length);
            return active[column.Index];
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.Check(IsColumnActive(column));
            if (column.Index != parent._index)
                return Input.GetGetter<TValue>(Input.Schema[column.Index]);
            return (ValueGetter<float>)Draw as ValueGetter<TValue>
                ?? throw Ch.Except($"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{typeof(float)}'.");
        }

        private void Draw(ref float value)
        {
            Ch.Check(IsGood, StreamingDataView<object>.FetchStateError);
            for (; _drawn < Input.Position; _drawn++)
                _value = _random.NextFloat();
            value = _value;
        }
    }
}
