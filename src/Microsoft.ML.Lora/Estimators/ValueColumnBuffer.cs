using System.Runtime.CompilerServices;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Values that are copied by assigning them: numbers, keys, times.</summary>
internal sealed class ValueColumnBuffer<T>(DataViewRowCursor cursor, DataViewSchema.Column column) : ColumnBuffer
{
    // A picture or another object: its size is unknown, so a window holds few of them.
    private const long ObjectBytes = 1 << 20;

    private readonly ValueGetter<T> _input = cursor.GetGetter<T>(column);
    private readonly List<T> _values = [];

    public override long Append()
    {
        T value = default!;
        _input(ref value);
        _values.Add(value);
        return RuntimeHelpers.IsReferenceOrContainsReferences<T>() ? ObjectBytes : Unsafe.SizeOf<T>();
    }

    public override void Clear() => _values.Clear();

    public override Delegate CreateGetter(Func<int> currentRow) => (ValueGetter<T>)((ref T value) => value = _values[currentRow()]);
}
