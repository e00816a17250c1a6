namespace Microsoft.ML.Data;

/// <summary>A type whose values are made of parts and may own buffers.</summary>
public abstract class StructuredDataViewType : DataViewType
{
    protected StructuredDataViewType(Type rawType)
        : base(rawType)
    {
    }
}
