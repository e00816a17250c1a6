using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>A term map together with the input column it is used on.</summary>
internal abstract class BoundTermMap
{
    /// <summary>A key, or a vector of keys of the size of the input.</summary>
    public abstract DataViewType OutputType { get; }

    public static BoundTermMap Create(IHost host, TermMap map, DataViewSchema.Column input, string outputName, bool asText)
        => GenericCall.InvokeStatic<BoundTermMap>(
            typeof(BoundTermMap), nameof(CreateCore), [map.ItemType.RawType], host, map, input, outputName, asText);

    public abstract Delegate MakeGetter(DataViewRow row);

    /// <summary>Adds the terms as the key values of the output column.</summary>
    public abstract void AddKeyValues(DataViewSchema.Annotations.Builder builder);

    private static BoundTermMap CreateCore<T>(IHost host, TermMap map, DataViewSchema.Column input, string outputName, bool asText)
        => new BoundTermMap<T>(host, (TermMap<T>)map, input, outputName, asText);
}
