namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>A Python tuple. Two tuples of equal items are equal: tuples may be keys of dictionaries.</summary>
internal sealed class PickleTuple : IEquatable<PickleTuple>
{
    /// <summary>The tuple of nothing.</summary>
    public static readonly PickleTuple Empty = new([]);

    public PickleTuple(object?[] items, bool isSize = false)
    {
        Items = items;
        IsSize = isSize;
        long leaves = 0;
        bool hashable = true;
        foreach (object? item in items)
        {
            leaves += item is PickleTuple tuple ? tuple.Leaves + 1 : 1;
            hashable &= item is PickleTuple { IsHashable: true } or null or bool or long or double or string or System.Numerics.BigInteger;
        }

        Leaves = (int)Math.Min(leaves, int.MaxValue - 1);
        IsHashable = hashable;
    }

    public object?[] Items { get; }

    /// <summary>True for a <c>torch.Size</c>.</summary>
    public bool IsSize { get; }

    /// <summary>How many items a walk over the tuples in it would meet: the same tuple many times counts many times.</summary>
    public int Leaves { get; }

    /// <summary>True where nothing in it can change.</summary>
    public bool IsHashable { get; }

    /// <inheritdoc/>
    public bool Equals(PickleTuple? other) => other is not null && Items.AsSpan().SequenceEqual(other.Items);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PickleTuple);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (object? item in Items)
            hash.Add(item);
        return hash.ToHashCode();
    }
}
