using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>A named column of values in memory.</summary>
internal abstract class ArrayColumn(string name, DataViewType type)
{
    public string Name { get; } = name;

    public DataViewType Type { get; } = type;

    /// <summary>The texts behind the keys of a key column.</summary>
    public ReadOnlyMemory<char>[] KeyValues { get; init; }

    public abstract int Count { get; }

    public abstract Delegate MakeGetter(Func<int> position);
}
