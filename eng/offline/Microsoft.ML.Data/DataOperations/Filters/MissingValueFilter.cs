using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Drops rows that lack a value in one of some columns: NaN, or key 0.</summary>
internal sealed class MissingValueFilter : FilterBase
{
    private readonly DataViewSchema.Column[] _columns;

    public MissingValueFilter(IHostEnvironment env, IDataView input, string[] columns)
        : base(env, "MissingValueFilter", input)
    {
        var found = new List<DataViewSchema.Column>();
        foreach (string name in columns)
        {
            var column = input.Schema.GetColumnOrNull(name) ?? throw Host.ExceptUserArg("Columns", "Source column '{0}' not found", name);
            if (found.Exists(other => other.Index == column.Index))
                throw Host.ExceptUserArg("Columns", "Source column '{0}' specified multiple times", name);
            if (!RangeFilter.CanFilter(column.Type.GetItemType()))
            {
                throw Host.ExceptUserArg("Columns",
                    $"Column '{name}' has type {column.Type} which does not support missing values, so we cannot filter on them");
            }
            found.Add(column);
        }
        _columns = found.ToArray();
    }

    protected override bool Reads(DataViewSchema.Column column) => _columns.Any(own => own.Index == column.Index);

    protected override DataViewRowCursor CreateCursor(DataViewRowCursor input, bool[] active) => new Cursor(this, input, active);

    private static Func<bool> MissingIn<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<T>(column);
        T value = default;
        return () =>
        {
            getter(ref value);
            return IsMissing(value);
        };
    }

    private static Func<bool> MissingInVector<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        // Slots that are not explicit hold 0: a missing key, but a fine number.
        bool zeroIsMissing = IsMissing(default(T));
        VBuffer<T> vector = default;
        return () =>
        {
            getter(ref vector);
            if (zeroIsMissing && !vector.IsDense)
                return true;
            foreach (var value in vector.GetValues())
            {
                if (IsMissing(value))
                    return true;
            }
            return false;
        };
    }

    private static bool IsMissing<T>(T value) => value switch
    {
        float single => float.IsNaN(single),
        double number => double.IsNaN(number),
        _ => EqualityComparer<T>.Default.Equals(value, default),
    };

    private sealed class Cursor : LinkedRowFilterCursorBase
    {
        private readonly Func<bool>[] _tests;

        public Cursor(MissingValueFilter parent, DataViewRowCursor input, bool[] active)
            : base(parent.Host, input, parent.OutputSchema, active)
        {
            _tests = Array.ConvertAll(parent._columns, column => GenericCall.InvokeStatic<Func<bool>>(
                typeof(MissingValueFilter),
                column.Type is VectorDataViewType ? nameof(MissingInVector) : nameof(MissingIn),
                [column.Type.GetItemType().RawType], input, column));
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.Check(IsColumnActive(column));
            return base.GetGetter<TValue>(column);
        }

        protected override bool Accept() => !Array.Exists(_tests, isMissing => isMissing());
    }
}
