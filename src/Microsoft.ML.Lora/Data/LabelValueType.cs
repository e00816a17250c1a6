using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Data;

/// <summary>A type that label values can have: its name in a saved model, and how one value is written as text and read back exactly.</summary>
/// <typeparam name="T">The .NET type in ML.NET's vectors.</typeparam>
internal sealed record LabelValueType<T>(string Name, PrimitiveDataViewType ItemType, Func<T, string> Write, Func<string, T> Read)
    : ILabelValueType
{
    public LabelValues FromAnnotation(DataViewSchema.Annotations annotations)
    {
        VBuffer<T> values = default;
        annotations.GetValue(AnnotationKinds.KeyValues, ref values);
        return new LabelValues<T>(this, values.DenseValues().ToArray());
    }

    public LabelValues FromText(IReadOnlyList<string> values) => new LabelValues<T>(this, values.Select(Read).ToArray());
}
