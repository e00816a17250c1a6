using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Data;

/// <summary>A column with one value per row.</summary>
internal sealed class ScalarPipe<T>(RowBuffer rows, TryParseMapper<T> parse) : ColumnPipe(rows)
{
    private readonly T[] _values = new T[rows.Capacity];

    public override void Reset(int row, int size) => _values[row] = default;

    public override bool Consume(int row, int index, ReadOnlyMemory<char> text) => parse(in text, out _values[row]);

    public override Delegate MakeGetter() => (ValueGetter<T>)((ref T value) => value = _values[Rows.CurrentOrThrow()]);
}
