using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>The pairs of a value mapping, in memory.</summary>
internal abstract class ValueMap
{
    public static ValueMap Create(IHost host, IDataView view, DataViewSchema.Column key, DataViewSchema.Column value)
        => GenericCall.InvokeStatic<ValueMap>(
            typeof(ValueMap), nameof(CreateCore), [key.Type.RawType, value.Type.RawType], host, view, key, value);

    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input);

    private static ValueMap CreateCore<TKey, TValue>(IHost host, IDataView view, DataViewSchema.Column key, DataViewSchema.Column value)
        => new ValueMap<TKey, TValue>(host, view, key, value);
}
