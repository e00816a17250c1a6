using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Pairs of keys and values as a view with the two columns Key and Value.</summary>
internal static class LookupMap
{
    public const string KeyName = "Key";
    public const string ValueName = "Value";

    public static IDataView Create<TKey, TValue>(IHostEnvironment env, IEnumerable<KeyValuePair<TKey, TValue>> pairs, bool valuesAsKeys)
    {
        var keys = MakeColumn(KeyName, pairs.Select(pair => pair.Key).ToArray());
        var values = pairs.Select(pair => pair.Value).ToArray();
        GetItemType(typeof(TValue));
        return new ArrayView(env, keys, valuesAsKeys ? MakeKeyColumn(values) : MakeColumn(ValueName, values));
    }

    public static IDataView Create<TKey, TValue>(IHostEnvironment env, IEnumerable<KeyValuePair<TKey, TValue[]>> pairs)
    {
        var keys = MakeColumn(KeyName, pairs.Select(pair => pair.Key).ToArray());
        return new ArrayView(env, keys, MakeVectorColumn(pairs.Select(pair => pair.Value).ToArray()));
    }

    private static PrimitiveDataViewType GetItemType(Type raw)
    {
        if (raw.IsArray)
            raw = raw.GetElementType();
        if (!raw.TryGetDataKind(out var kind))
            throw new InvalidOperationException($"Unsupported type {raw} used in mapping.");
        return ColumnTypeExtensions.PrimitiveTypeFromKind(kind);
    }

    private static ArrayColumn MakeColumn<T>(string name, T[] values)
    {
        var type = GetItemType(typeof(T));
        if (values is string[] texts)
            return new ArrayColumn<ReadOnlyMemory<char>>(name, type, Array.ConvertAll(texts, text => text.ToString().AsMemory()));
        Contracts.CheckParam(type.RawType == typeof(T), "type");
        return new ArrayColumn<T>(name, type, values);
    }

    private static ArrayColumn MakeVectorColumn<T>(T[][] values)
    {
        var type = GetItemType(typeof(T));
        if (values is string[][] texts)
            return MakeVectors(type, Array.ConvertAll(texts, row => Array.ConvertAll(row, text => text.ToString().AsMemory())));
        return MakeVectors(type, values);
    }

    private static ArrayColumn<VBuffer<T>> MakeVectors<T>(PrimitiveDataViewType itemType, T[][] values)
    {
        // Vectors of different lengths make a column of unknown length.
        int size = values.Length > 0 && values.All(row => row?.Length == values[0]?.Length) ? values[0]?.Length ?? 0 : 0;
        return new ArrayColumn<VBuffer<T>>(ValueName, new VectorDataViewType(itemType, size),
            Array.ConvertAll(values, row => new VBuffer<T>(row?.Length ?? 0, (T[])row?.Clone())));
    }

    // Unsigned integers of 32 and 64 bits are the keys themselves; any other value gets a key by its first occurrence.
    private static ArrayColumn MakeKeyColumn<T>(T[] values)
    {
        var distinct = values.Distinct().ToArray();
        var names = Array.ConvertAll(distinct, value => value.ToString().AsMemory());
        if (typeof(T) == typeof(uint) || typeof(T) == typeof(ulong))
            return new ArrayColumn<T>(ValueName, new KeyDataViewType(typeof(T), (ulong)distinct.Length), values) { KeyValues = names };
        var places = new Dictionary<T, uint>();
        foreach (T value in distinct)
            places.Add(value, (uint)places.Count + 1);
        return new ArrayColumn<uint>(ValueName, new KeyDataViewType(typeof(uint), (ulong)distinct.Length),
            Array.ConvertAll(values, value => places[value])) { KeyValues = names };
    }
}
