using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <inheritdoc cref="ArrayColumn"/>
internal sealed class ArrayColumn<T>(string name, DataViewType type, T[] values) : ArrayColumn(name, type)
{
    public override int Count => values.Length;

    public override Delegate MakeGetter(Func<int> position) => (ValueGetter<T>)((ref T value) => value = values[position()]);
}
