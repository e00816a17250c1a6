using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Writes the values of a row into the members of an object, reusing its arrays and vectors.</summary>
internal sealed class TypedRow<TRow> : IRowReadableAs<TRow>
    where TRow : class
{
    private readonly IChannel _channel;
    private readonly DataViewRow _input;
    private readonly Action<TRow>[] _setters;
    private bool _disposed;

    public TypedRow(IChannel channel, DataViewRow input, (InternalSchemaDefinition.Column Member, int Index)[] columns)
    {
        _channel = channel;
        _input = input;
        _setters = Array.ConvertAll(columns, column => CreateSetter(column.Member, input.Schema[column.Index]));
    }

    public void FillValues(TRow row)
    {
        foreach (var setter in _setters)
            setter(row);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _channel.Dispose();
        _input.Dispose();
    }

    private Action<TRow> CreateSetter(InternalSchemaDefinition.Column member, DataViewSchema.Column column)
    {
        if (member.MemberType == typeof(string))
            return TextSetter(member, column);
        if (member.MemberType == typeof(string[]))
            return TextsSetter(member, column);
        string maker = member.MemberType.IsArray ? nameof(ArraySetter)
            : column.Type is VectorDataViewType ? nameof(BufferSetter)
            : nameof(DirectSetter);
        return GenericCall.Invoke<Action<TRow>>(this, maker, [column.Type.GetItemType().RawType], member, column);
    }

    private Action<TRow> TextSetter(InternalSchemaDefinition.Column member, DataViewSchema.Column column)
    {
        var getter = _input.GetGetter<ReadOnlyMemory<char>>(column);
        var write = RowMember.Writer<TRow, string>(member.Member);
        ReadOnlyMemory<char> value = default;
        return row =>
        {
            getter(ref value);
            write(row, value.ToString());
        };
    }

    private Action<TRow> TextsSetter(InternalSchemaDefinition.Column member, DataViewSchema.Column column)
    {
        var getter = _input.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        var read = RowMember.Reader<TRow, string[]>(member.Member);
        var write = RowMember.Writer<TRow, string[]>(member.Member);
        VBuffer<ReadOnlyMemory<char>> value = default;
        return row =>
        {
            getter(ref value);
            var texts = read(row);
            if ((texts?.Length ?? 0) != value.Length)
                texts = new string[value.Length];
            foreach (var (index, text) in value.Items(all: true))
                texts[index] = text.ToString();
            write(row, texts);
        };
    }

    private Action<TRow> DirectSetter<TValue>(InternalSchemaDefinition.Column member, DataViewSchema.Column column)
    {
        var getter = _input.GetGetter<TValue>(column);
        var write = RowMember.Writer<TRow, TValue>(member.Member);
        TValue value = default;
        return row =>
        {
            getter(ref value);
            write(row, value);
        };
    }

    private Action<TRow> ArraySetter<TItem>(InternalSchemaDefinition.Column member, DataViewSchema.Column column)
    {
        var getter = _input.GetGetter<VBuffer<TItem>>(column);
        var read = RowMember.Reader<TRow, TItem[]>(member.Member);
        var write = RowMember.Writer<TRow, TItem[]>(member.Member);
        VBuffer<TItem> value = default;
        return row =>
        {
            var items = read(row);
            getter(ref value);
            if ((items?.Length ?? 0) != value.Length || !value.IsDense)
                items = new TItem[value.Length];
            value.CopyTo(items);
            write(row, items);
        };
    }

    private Action<TRow> BufferSetter<TItem>(InternalSchemaDefinition.Column member, DataViewSchema.Column column)
    {
        var getter = _input.GetGetter<VBuffer<TItem>>(column);
        var read = RowMember.Reader<TRow, VBuffer<TItem>>(member.Member);
        var write = RowMember.Writer<TRow, VBuffer<TItem>>(member.Member);
        return row =>
        {
            var value = read(row);
            getter(ref value);
            write(row, value);
        };
    }
}
