namespace Microsoft.ML.Lora.Tests;

/// <summary>Every tolerance a golden is compared with, once, with its reason. None is changed to make a test pass.</summary>
internal static class GoldenTolerances
{
    /// <summary>Models in float32, absolute: hf/README; the same model in two attention forms differs by 4.5e-6, in float64 by up to 6e-6.</summary>
    public const double ModelFloat32 = 2e-5;

    /// <summary>Models in bfloat16, absolute: hf/README; two attention forms of the recorded library differ by 3e-2.</summary>
    public const double ModelBFloat16 = 0.1;

    /// <summary>Sentence embeddings of the mini encoder in float32 on float16 weights, absolute: reference.json's own definition.</summary>
    public const double MiniEncoder = 2e-5;
}
