using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>The values behind the keys of one column.</summary>
internal abstract class KeyValueTable
{
    public abstract DataViewType OutputType { get; }

    public static KeyValueTable Create(IHost host, DataViewSchema.Column column)
    {
        var values = column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type;
        host.Check(values != null, "Metadata KeyValues does not exist");
        var key = column.Type.GetItemType();
        host.Check(values.GetVectorSize() == key.GetKeyCountAsInt32(host), "KeyValues metadata size does not match column type key count");
        return GenericCall.InvokeStatic<KeyValueTable>(
            typeof(KeyValueTable), nameof(CreateCore), [key.RawType, values.GetItemType().RawType], column, (VectorDataViewType)values);
    }

    public abstract Delegate MakeGetter(DataViewRow row);

    private static KeyValueTable CreateCore<TKey, TValue>(DataViewSchema.Column column, VectorDataViewType values)
        => new KeyValueTable<TKey, TValue>(column, values.ItemType);
}
