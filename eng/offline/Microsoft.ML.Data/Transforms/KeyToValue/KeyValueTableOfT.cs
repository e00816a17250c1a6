using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Transforms;

/// <inheritdoc cref="KeyValueTable"/>
internal sealed class KeyValueTable<TKey, TValue> : KeyValueTable
{
    private readonly DataViewSchema.Column _column;
    private readonly TValue[] _values;
    private readonly TValue _missing;
    private readonly ValueMapper<TKey, uint> _toIndex;

    public KeyValueTable(DataViewSchema.Column column, PrimitiveDataViewType itemType)
    {
        _column = column;
        OutputType = column.Type is VectorDataViewType vector ? new VectorDataViewType(itemType, vector.Dimensions) : itemType;
        VBuffer<TValue> values = default;
        column.GetKeyValues(ref values);
        _values = [.. values.DenseValues()];
        _missing = Conversions.DefaultInstance.GetNAOrDefault<TValue>(out _);
        _toIndex = Conversions.DefaultInstance.GetStandardConversion<TKey, uint>(column.Type.GetItemType(), NumberDataViewType.UInt32, out _);
    }

    public override DataViewType OutputType { get; }

    public override Delegate MakeGetter(DataViewRow row)
    {
        var column = row.Schema[_column.Index];
        if (_column.Type is VectorDataViewType)
            return MakeVectorGetter(row.GetGetter<VBuffer<TKey>>(column));
        var getter = row.GetGetter<TKey>(column);
        TKey key = default;
        return (ValueGetter<TValue>)((ref TValue value) =>
        {
            getter(ref key);
            value = Find(in key);
        });
    }

    private ValueGetter<VBuffer<TValue>> MakeVectorGetter(ValueGetter<VBuffer<TKey>> getter)
    {
        VBuffer<TKey> keys = default;
        return (ref VBuffer<TValue> destination) =>
        {
            getter(ref keys);
            var editor = VBufferEditor.Create(ref destination, keys.Length);
            var explicitKeys = keys.GetValues();
            if (!keys.IsDense)
                editor.Values.Fill(_missing);
            for (int i = 0; i < explicitKeys.Length; i++)
                editor.Values[keys.IsDense ? i : keys.GetIndices()[i]] = Find(in explicitKeys[i]);
            destination = editor.Commit();
        };
    }

    // A key out of range counts as missing.
    private TValue Find(in TKey key)
    {
        uint index = 0;
        _toIndex(in key, ref index);
        return index > 0 && index <= _values.Length ? _values[index - 1] : _missing;
    }
}
