namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>A Python list. It holds nothing on its own account before its first item.</summary>
internal sealed class PickleList
{
    private List<object?>? _items;

    public IReadOnlyList<object?> Items => _items ?? (IReadOnlyList<object?>)[];

    public void Add(object? item) => (_items ??= []).Add(item);
}
