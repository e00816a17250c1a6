namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>A Python dictionary or <c>collections.OrderedDict</c>, in the order of its entries. A key that comes twice is refused.</summary>
/// <param name="isOrdered">True for an OrderedDict.</param>
internal sealed class PickleDictionary(bool isOrdered = false)
{
    /// <summary>More than any key of a real file has in it; comparing keys stays cheap.</summary>
    private const int MaxLeavesOfKey = 64;

    private static readonly object s_none = new();

    private List<KeyValuePair<object?, object?>>? _items;
    private Dictionary<object, int>? _indexes;

    public bool IsOrdered { get; } = isOrdered;

    /// <summary>The dictionary's own attributes, such as the <c>_metadata</c> of a module's state; null where there are none.</summary>
    public PickleDictionary? Attributes { get; set; }

    public IReadOnlyList<KeyValuePair<object?, object?>> Items => _items ?? (IReadOnlyList<KeyValuePair<object?, object?>>)[];

    /// <summary>Adds an entry.</summary>
    /// <returns>Null, or what is wrong with the key.</returns>
    public string? TryAdd(object? key, object? value)
    {
        if (key is PickleTuple tuple ? !tuple.IsHashable || tuple.Leaves > MaxLeavesOfKey : key is not (null or bool or long or double or string or System.Numerics.BigInteger))
            return "is not of a type that keys of a checkpoint's dictionaries have";
        if (!(_indexes ??= []).TryAdd(key ?? s_none, _indexes.Count))
            return "is given twice";
        (_items ??= []).Add(new(key, value));
        return null;
    }

    /// <summary>The value of a key.</summary>
    public bool TryGet(object key, out object? value)
    {
        value = null;
        if (_indexes is null || !_indexes.TryGetValue(key, out int index))
            return false;
        value = _items![index].Value;
        return true;
    }
}
