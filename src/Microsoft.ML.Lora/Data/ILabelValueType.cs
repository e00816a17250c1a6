using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Data;

/// <summary>A <see cref="LabelValueType{T}"/> of some type.</summary>
internal interface ILabelValueType
{
    string Name { get; }

    PrimitiveDataViewType ItemType { get; }

    LabelValues FromAnnotation(DataViewSchema.Annotations annotations);

    LabelValues FromText(IReadOnlyList<string> values);
}
