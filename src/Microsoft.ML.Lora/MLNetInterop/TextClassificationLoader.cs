using Microsoft.ML.Lora;
using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.MLNetInterop;
using Microsoft.ML.Runtime;

[assembly: Microsoft.ML.LoadableClass(
    typeof(LoraTextClassificationTransformer),
    typeof(TextClassificationLoader),
    null,
    typeof(Microsoft.ML.SignatureLoadModel),
    "LoRA text classification",
    ModelArchive.TextClassification)]

namespace Microsoft.ML.Lora.MLNetInterop;

/// <summary>What <c>Model.Load</c> calls, in any process that can find this assembly: nothing needs to be registered.</summary>
internal static class TextClassificationLoader
{
    /// <summary>Reads and checks what the zip holds; the base model is looked for when the model is first used.</summary>
    public static LoraTextClassificationTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        using var included = new IncludedBaseModelReader();
        ModelFiles files = ModelArchive.Load(ctx, included.TargetOf);
        return new LoraTextClassificationTransformer(env, ClassifierState.FromFiles(files, included.Complete()), baseModel: null);
    }
}
