namespace Microsoft.ML.Data;

/// <summary>The steps of a chain, whatever its last type.</summary>
internal interface ITransformerChainAccessor
{
    ITransformer[] Transformers { get; }

    TransformerScope[] Scopes { get; }
}
