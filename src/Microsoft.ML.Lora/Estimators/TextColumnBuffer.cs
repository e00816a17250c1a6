namespace Microsoft.ML.Lora.Estimators;

/// <summary>Texts. Each is copied, because a slice may keep the whole block of a file alive.</summary>
internal sealed class TextColumnBuffer(DataViewRowCursor cursor, DataViewSchema.Column column) : ColumnBuffer
{
    private readonly ValueGetter<ReadOnlyMemory<char>> _input = cursor.GetGetter<ReadOnlyMemory<char>>(column);
    private readonly List<string> _values = [];

    public override long Append()
    {
        ReadOnlyMemory<char> value = default;
        _input(ref value);
        _values.Add(value.ToString());
        return 32 + 2L * value.Length;
    }

    public override void Clear() => _values.Clear();

    public override Delegate CreateGetter(Func<int> currentRow) =>
        (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = _values[currentRow()].AsMemory());
}
