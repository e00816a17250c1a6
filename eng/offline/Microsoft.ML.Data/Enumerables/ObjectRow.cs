using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A row whose values are those of an object.</summary>
internal abstract class ObjectRow<TRow> : DataViewRow
    where TRow : class
{
    protected readonly IHost Host;
    private readonly Delegate[] _getters;

    protected ObjectRow(IHostEnvironment env, DataViewSchema schema, InternalSchemaDefinition definition, Func<int, bool> isActive)
    {
        Host = env.Register("Row");
        Schema = schema;
        _getters = new Delegate[schema.Count];
        for (int i = 0; i < _getters.Length; i++)
            _getters[i] = isActive(i) ? CreateGetter(definition.Columns[i]) : null;
    }

    public override long Batch => 0;

    public override DataViewSchema Schema { get; }

    protected abstract TRow Current { get; }

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        if (column.Index >= _getters.Length)
            throw Host.Except("Column index must be between 0 and {0}", _getters.Length);
        return _getters[column.Index] != null;
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Host.CheckParam(column.Index <= _getters.Length && IsColumnActive(column), nameof(column), "requested column not active");
        var getter = _getters[column.Index];
        return getter as ValueGetter<TValue> ?? throw Host.Except($"Invalid TValue in GetGetter for column #{column}: "
            + $"'{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");
    }

    private Delegate CreateGetter(InternalSchemaDefinition.Column column)
    {
        var memberType = column.MemberType;
        if (memberType == typeof(string))
            return TextGetter(column);
        if (memberType == typeof(string[]))
            return TextsGetter(column);
        var itemType = column.ColumnType.GetItemType().RawType;
        string maker = memberType.IsArray ? nameof(ArrayGetter)
            : column.ColumnType is VectorDataViewType ? nameof(BufferGetter)
            : column.ColumnType is KeyDataViewType ? nameof(KeyGetter)
            : nameof(DirectGetter);
        return GenericCall.Invoke<Delegate>(this, maker, [itemType], column);
    }

    private ValueGetter<ReadOnlyMemory<char>> TextGetter(InternalSchemaDefinition.Column column)
    {
        var read = RowMember.Reader<TRow, string>(column.Member);
        return (ref ReadOnlyMemory<char> destination) => destination = read(Current).AsMemory();
    }

    private ValueGetter<VBuffer<ReadOnlyMemory<char>>> TextsGetter(InternalSchemaDefinition.Column column)
    {
        var read = RowMember.Reader<TRow, string[]>(column.Member);
        return (ref VBuffer<ReadOnlyMemory<char>> destination) =>
        {
            var texts = read(Current) ?? [];
            var editor = VBufferEditor.Create(ref destination, texts.Length);
            for (int i = 0; i < texts.Length; i++)
                editor.Values[i] = texts[i].AsMemory();
            destination = editor.Commit();
        };
    }

    private Delegate DirectGetter<TValue>(InternalSchemaDefinition.Column column)
    {
        var read = RowMember.Reader<TRow, TValue>(column.Member);
        return (ValueGetter<TValue>)((ref TValue destination) => destination = read(Current));
    }

    private Delegate ArrayGetter<TItem>(InternalSchemaDefinition.Column column)
    {
        var read = RowMember.Reader<TRow, TItem[]>(column.Member);
        return (ValueGetter<VBuffer<TItem>>)((ref VBuffer<TItem> destination) =>
        {
            var items = read(Current);
            var editor = VBufferEditor.Create(ref destination, items?.Length ?? 0);
            items.AsSpan().CopyTo(editor.Values);
            destination = editor.Commit();
        });
    }

    private Delegate BufferGetter<TItem>(InternalSchemaDefinition.Column column)
    {
        var read = RowMember.Reader<TRow, VBuffer<TItem>>(column.Member);
        return (ValueGetter<VBuffer<TItem>>)((ref VBuffer<TItem> destination) => read(Current).CopyTo(ref destination));
    }

    /// <summary>A key member holds the value counted from 0; the column counts from 1, and 0 is a value out of range.</summary>
    private Delegate KeyGetter<TValue>(InternalSchemaDefinition.Column column)
    {
        // As in the original, keys of 16 bits are refused, and only when rows are read.
        Host.Check(typeof(TValue) != typeof(ushort));
        var read = RowMember.Reader<TRow, TValue>(column.Member);
        ulong count = ((KeyDataViewType)column.ColumnType).Count;
        return (ValueGetter<TValue>)((ref TValue destination) =>
        {
            ulong value = Convert.ToUInt64(read(Current));
            destination = (TValue)Convert.ChangeType(value < count ? value + 1 : 0, typeof(TValue));
        });
    }
}
