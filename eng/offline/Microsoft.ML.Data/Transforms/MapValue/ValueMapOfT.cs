using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <inheritdoc cref="ValueMap"/>
internal sealed class ValueMap<TKey, TValue> : ValueMap
{
    private readonly Dictionary<TKey, TValue> _values = new(TextMemoryComparer.Instance as IEqualityComparer<TKey>);
    private readonly Func<TValue, TValue> _copy = value => value;
    private readonly TValue _missing;

    public ValueMap(IHost host, IDataView view, DataViewSchema.Column keyColumn, DataViewSchema.Column valueColumn)
    {
        if (valueColumn.Type is VectorDataViewType vector)
        {
            // A reader may write to the buffers that it got.
            _copy = GenericCall.InvokeStatic<Func<TValue, TValue>>(
                typeof(ValueMap<TKey, TValue>), nameof(MakeCopy), [vector.ItemType.RawType]);
        }
        // An unknown key gives what empty text would give.
        else if (Conversions.DefaultInstance.TryGetStandardConversion<ReadOnlyMemory<char>, TValue>(
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
            value = Find(key);
        });
    }

    private ValueGetter<VBuffer<TValue>> MakeVectorGetter(ValueGetter<VBuffer<TKey>> getter)
    {
        VBuffer<TKey> keys = default;
        return (ref VBuffer<TValue> destination) =>
        {
            getter(ref keys);
            var editor = VBufferEditor.Create(ref destination, keys.Length);
            // The real package does so too: a sparse vector with values does not fit.
            keys.GetIndices().CopyTo(editor.Indices);
            var given = keys.GetValues();
            for (int i = 0; i < given.Length; i++)
                editor.Values[i] = Find(given[i]);
            destination = editor.Commit();
        };
    }

    private TValue Find(TKey key) => _values.TryGetValue(key, out TValue found) ? _copy(found) : _missing;

    private static Func<VBuffer<T>, VBuffer<T>> MakeCopy<T>() => source =>
    {
        VBuffer<T> copy = default;
        source.CopyTo(ref copy);
        return copy;
    };
}
