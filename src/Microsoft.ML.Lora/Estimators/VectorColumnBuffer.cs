using System.Runtime.CompilerServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Vectors. The consumer gets a copy, since it may write into the one it was given.</summary>
internal sealed class VectorColumnBuffer<T>(DataViewRowCursor cursor, DataViewSchema.Column column) : ColumnBuffer
{
    private readonly ValueGetter<VBuffer<T>> _input = cursor.GetGetter<VBuffer<T>>(column);
    private readonly List<VBuffer<T>> _values = [];
    private int _count;

    public override long Append()
    {
        // The arrays of an earlier window are filled again.
        if (_count == _values.Count)
            _values.Add(default);
        VBuffer<T> value = _values[_count];
        _input(ref value);
        _values[_count++] = value;
        int numbers = value.GetValues().Length;
        return 48 + (long)numbers * Unsafe.SizeOf<T>() + (value.IsDense ? 0 : 4L * numbers);
    }

    public override void Clear() => _count = 0;

    public override Delegate CreateGetter(Func<int> currentRow) =>
        (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[currentRow()].CopyTo(ref value));
}
