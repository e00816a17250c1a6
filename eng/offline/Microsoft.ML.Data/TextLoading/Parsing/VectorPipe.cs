using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Data;

/// <summary>A column with a vector per row.</summary>
internal sealed class VectorPipe<T>(RowBuffer rows, TryParseMapper<T> parse) : ColumnPipe(rows)
{
    private readonly VectorBuilder<T>[] _vectors = [.. Enumerable.Range(0, rows.Capacity).Select(_ => new VectorBuilder<T>())];

    public override void Reset(int row, int size) => _vectors[row].Reset(size);

    public override bool Consume(int row, int index, ReadOnlyMemory<char> text)
    {
        bool good = parse(in text, out T value);
        _vectors[row].Add(index, value);
        return good;
    }

    public override Delegate MakeGetter()
        => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) => _vectors[Rows.CurrentOrThrow()].CopyTo(ref destination));
}
