namespace Microsoft.ML.Data;

/// <summary>The fields of a line that hold something, by index.</summary>
internal sealed class FieldSet
{
    private readonly List<int> _indices = [];
    private readonly List<ReadOnlyMemory<char>> _texts = [];

    public int Count => _indices.Count;

    public int IndexAt(int place) => _indices[place];

    public ReadOnlyMemory<char> TextAt(int place) => _texts[place];

    public void Add(int index, ReadOnlyMemory<char> text)
    {
        _indices.Add(index);
        _texts.Add(text);
    }

    public void RemoveLast()
    {
        _indices.RemoveAt(Count - 1);
        _texts.RemoveAt(_texts.Count - 1);
    }

    public void Clear()
    {
        _indices.Clear();
        _texts.Clear();
    }

    /// <summary>The place of the first field with this index or a greater one.</summary>
    public int FirstAtOrAfter(int index)
    {
        int place = _indices.BinarySearch(index);
        return place < 0 ? ~place : place;
    }
}
