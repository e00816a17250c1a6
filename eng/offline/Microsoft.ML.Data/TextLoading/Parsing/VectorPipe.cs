using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Data;

/// <summary>A column with a vector per row, sparse when at most half of the fields hold something.</summary>
internal sealed class VectorPipe<T>(RowBuffer rows, TryParseMapper<T> parse) : ColumnPipe(rows)
{
    private readonly List<(int Index, T Value)>[] _items = [.. Enumerable.Range(0, rows.Capacity).Select(_ => new List<(int, T)>())];
    private readonly int[] _sizes = new int[rows.Capacity];

    public override void Reset(int row, int size)
    {
        _items[row].Clear();
        _sizes[row] = size;
    }

    public override bool Consume(int row, int index, ReadOnlyMemory<char> text)
    {
        bool good = parse(in text, out T value);
        _items[row].Add((index, value));
        return good;
    }

    public override Delegate MakeGetter() => (ValueGetter<VBuffer<T>>)Get;

    private void Get(ref VBuffer<T> destination)
    {
        int row = Rows.CurrentOrThrow();
        var items = _items[row];
        int size = _sizes[row];
        if (items.Count <= size / 2)
        {
            var sparse = VBufferEditor.Create(ref destination, size, items.Count);
            for (int i = 0; i < items.Count; i++)
                (sparse.Indices[i], sparse.Values[i]) = items[i];
            destination = sparse.Commit();
            return;
        }
        var dense = VBufferEditor.Create(ref destination, size);
        dense.Values.Clear();
        foreach (var (index, value) in items)
            dense.Values[index] = value;
        destination = dense.Commit();
    }
}
