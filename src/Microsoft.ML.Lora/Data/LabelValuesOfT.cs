using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Data;

/// <summary>Label values of one type.</summary>
internal sealed class LabelValues<T>(LabelValueType<T> valueType, T[] values) : LabelValues
{
    public override int Count => values.Length;

    public override VectorDataViewType Type { get; } = new(valueType.ItemType, values.Length);

    public override Delegate Getter => (ValueGetter<VBuffer<T>>)Get;

    public override string TypeName => valueType.Name;

    public override string ToText(int index) => valueType.Write(values[index]);

    private void Get(ref VBuffer<T> destination)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, values.Length);
        values.CopyTo(editor.Values);
        destination = editor.Commit();
    }
}
