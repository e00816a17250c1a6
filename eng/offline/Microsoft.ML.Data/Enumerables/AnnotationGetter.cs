using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Makes getters for constant annotation values given as .NET values.</summary>
internal static class AnnotationGetter
{
    public static Delegate Create<T>(T value, DataViewType type)
    {
        bool isVector = RowMember.IsVector("annotation value", typeof(T), out var itemType);
        bool wantsVector = type is VectorDataViewType;
        if (isVector != wantsVector)
        {
            throw Contracts.Except("Value inputted is supposed to be {0}, but type of Annotationinfo is {1}",
                isVector ? "vector" : "scalar", wantsVector ? "vector" : "scalar");
        }
        if (itemType != type.GetItemType().RawType)
        {
            throw Contracts.Except("Value inputted is supposed to have Type {0}, but type of Annotationinfo has {1}",
                itemType, type.GetItemType().RawType);
        }
        return value switch
        {
            string text => Constant(text.AsMemory()),
            string[] texts => Vector(Array.ConvertAll(texts, text => text.AsMemory())),
            Array => GenericCall.InvokeStatic<Delegate>(typeof(AnnotationGetter), nameof(Vector), [itemType], value),
            _ when isVector => GenericCall.InvokeStatic<Delegate>(typeof(AnnotationGetter), nameof(Buffer), [itemType], value),
            _ => Constant(value),
        };
    }

    private static Delegate Constant<T>(T value) => (ValueGetter<T>)((ref T destination) => destination = value);

    private static Delegate Vector<T>(T[] values) => Buffer(new VBuffer<T>(values.Length, values));

    private static Delegate Buffer<T>(VBuffer<T> buffer)
        => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) => buffer.CopyTo(ref destination));
}
