using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(TransformerChain<ITransformer>), typeof(TransformerChainLoader), null, typeof(SignatureLoadModel),
    "Transformer chain", TransformerChainLoader.LoaderSignature)]

namespace Microsoft.ML.Data;

/// <summary>Makes the chain that a model holds.</summary>
internal static class TransformerChainLoader
{
    public const string LoaderSignature = "TransformerChain";

    private static TransformerChain<ITransformer> Create(IHostEnvironment env, ModelLoadContext ctx)
        => new TransformerChain<ITransformer>(env, ctx);
}
