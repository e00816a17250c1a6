using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Transforms;

/// <summary>Collects the distinct values of a column until there are enough of them.</summary>
internal abstract class TermMapBuilder
{
    public abstract int Count { get; }

    /// <summary>Makes a builder for the items of the column, which reads them from the row.</summary>
    public static TermMapBuilder Create(DataViewRow row, DataViewSchema.Column column, ValueToKeyMappingEstimator.KeyOrdinality order, int max)
    {
        var itemType = (PrimitiveDataViewType)column.Type.GetItemType();
        return GenericCall.InvokeStatic<TermMapBuilder>(
            typeof(TermMapBuilder), nameof(CreateCore), [itemType.RawType], row, column, itemType, order, max);
    }

    /// <summary>Looks at the current row; false when no more values are wanted.</summary>
    public abstract bool ProcessRow();

    public abstract TermMap Finish();

    private static TermMapBuilder CreateCore<T>(
        DataViewRow row, DataViewSchema.Column column, PrimitiveDataViewType itemType, ValueToKeyMappingEstimator.KeyOrdinality order, int max)
    {
        bool sorted = order == ValueToKeyMappingEstimator.KeyOrdinality.ByValue;
        return column.Type is VectorDataViewType
            ? new TermMapBuilder<T>(itemType, null, row.GetGetter<VBuffer<T>>(column), sorted, max)
            : new TermMapBuilder<T>(itemType, row.GetGetter<T>(column), null, sorted, max);
    }
}
