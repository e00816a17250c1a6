using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Keeps rows whose number lies in a range; the number of a key is its place in [0, 1].</summary>
internal sealed class RangeFilter : FilterBase
{
    private readonly DataViewSchema.Column _column;
    private readonly Func<double, bool> _inRange;

    public RangeFilter(
        IHostEnvironment env, IDataView input, string column, double min, double max, bool complement = false, bool? includeMax = null)
        : base(env, "RangeFilter", input)
    {
        _column = input.Schema.GetColumnOrNull(column) ?? throw Host.ExceptUserArg("Column", "Source column '{0}' not found", column);
        using var channel = Host.Start("Checking parameters");
        if (!CanFilter(_column.Type))
            throw channel.ExceptUserArg("Column", "Column '{0}' does not have compatible type", column);
        bool withMax = includeMax ?? (_column.Type is KeyDataViewType && max >= 1);
        // A value that is no number lies neither in the range nor in its complement.
        _inRange = (complement, withMax) switch
        {
            (false, false) => value => min <= value && value < max,
            (false, true) => value => min <= value && value <= max,
            (true, false) => value => min > value || value >= max,
            (true, true) => value => min > value || value > max,
        };
    }

    public static bool CanFilter(DataViewType type)
        => type == NumberDataViewType.Single || type == NumberDataViewType.Double || type is KeyDataViewType;

    protected override bool Reads(DataViewSchema.Column column) => column.Index == _column.Index;

    protected override DataViewRowCursor CreateCursor(DataViewRowCursor input, bool[] active)
        => GenericCall.Invoke<DataViewRowCursor>(this, nameof(CreateCursor), [_column.Type.RawType], input, active);

    private DataViewRowCursor CreateCursor<T>(DataViewRowCursor input, bool[] active) => new Cursor<T>(this, input, active);

    private sealed class Cursor<T> : LinkedRowFilterCursorBase
    {
        private readonly RangeFilter _parent;
        private readonly ValueGetter<T> _getter;
        private readonly double _keyCount;
        private T _value;

        public Cursor(RangeFilter parent, DataViewRowCursor input, bool[] active)
            : base(parent.Host, input, parent.OutputSchema, active)
        {
            _parent = parent;
            _getter = input.GetGetter<T>(parent._column);
            _keyCount = parent._column.Type.GetKeyCount();
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.Check(column.Index >= 0 && column.Index < Schema.Count);
            Ch.Check(IsColumnActive(column));
            if (column.Index != _parent._column.Index)
                return Input.GetGetter<TValue>(column);
            ValueGetter<T> own = (ref T value) =>
            {
                Ch.Check(IsGood, StreamingDataView<object>.FetchStateError);
                value = _value;
            };
            return own as ValueGetter<TValue>
                ?? throw Ch.Except($"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{typeof(T)}'.");
        }

        protected override bool Accept()
        {
            _getter(ref _value);
            if (_keyCount == 0)
                return _parent._inRange(_value is float single ? single : (double)(object)_value);
            ulong key = Convert.ToUInt64(_value);
            return key != 0 && key <= _keyCount && _parent._inRange(((uint)key - 0.5) / _keyCount);
        }
    }
}
