using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <inheritdoc cref="ValueMap"/>
internal sealed class ValueMap<TKey, TValue> : ValueMap
{
    private readonly Dictionary<TKey, TValue> _values = new(TextMemoryComparer.Instance as IEqualityComparer<TKey>);
    private readonly TValue _missing;

    public ValueMap(IHost host, IDataView view, DataViewSchema.Column keyColumn, DataViewSchema.Column valueColumn)
    {
        // An unknown key gives what empty text would give.
        if (valueColumn.Type is not VectorDataViewType && Conversions.DefaultInstance.TryGetStandardConversion<ReadOnlyMemory<char>, TValue>(
            TextDataViewType.Instance, valueColumn.Type, out var convert, out _))
        {
            convert(ReadOnlyMemory<char>.Empty, ref _missing);
        }

        using var cursor = view.GetRowCursor([keyColumn, valueColumn]);
        var getKey = cursor.GetGetter<TKey>(keyColumn);
        var getValue = cursor.GetGetter<TValue>(valueColumn);
        while (cursor.MoveNext())
        {
            TKey key = default;
            TValue value = default;
            getKey(ref key);
            getValue(ref value);
            if (!_values.TryAdd(key, value))
                throw host.Except($"Duplicate keys in data '{key}'");
        }
    }

    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input)
    {
        if (input.Type is VectorDataViewType)
            return MakeVectorGetter(row.GetGetter<VBuffer<TKey>>(input));
        var getter = row.GetGetter<TKey>(input);
        TKey key = default;
        return (ValueGetter<TValue>)((ref TValue value) =>
        {
            getter(ref key);
            value = _values.TryGetValue(key, out TValue found) ? found : _missing;
        });
    }

    private ValueGetter<VBuffer<TValue>> MakeVectorGetter(ValueGetter<VBuffer<TKey>> getter)
    {
        VBuffer<TKey> keys = default;
        return (ref VBuffer<TValue> destination) =>
        {
            getter(ref keys);
            var editor = VBufferEditor.Create(ref destination, keys.Length);
            int place = 0;
            foreach (TKey key in keys.DenseValues())
                editor.Values[place++] = _values.TryGetValue(key, out TValue found) ? found : _missing;
            destination = editor.Commit();
        };
    }
}
