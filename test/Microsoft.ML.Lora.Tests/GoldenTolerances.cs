namespace Microsoft.ML.Lora.Tests;

/// <summary>Every tolerance a golden is compared with, once, with its reason. None is changed to make a test pass.</summary>
internal static class GoldenTolerances
{
    /// <summary>Models in float32, absolute: hf/README; the same model in two attention forms differs by 4.5e-6, in float64 by up to 6e-6.</summary>
    public const double ModelFloat32 = 2e-5;

    /// <summary>Models in bfloat16, absolute: hf/README; two attention forms of the recorded library differ by 3e-2.</summary>
    public const double ModelBFloat16 = 0.1;

    /// <summary>Activations in float32 against float64, absolute, on inputs of at most 10: a few units in the last place of values up to 10.</summary>
    public const double Activation = 2e-6;

    /// <summary>Sentence embeddings of the mini encoder in float32 on float16 weights, absolute: reference.json's own definition.</summary>
    public const double MiniEncoder = 2e-5;

    /// <summary>Formulas in float64 against float64: optim/README says 1e-12 relative; ten operations of double rounding are far below.</summary>
    public const double Float64 = 1e-12;

    /// <summary>Ten optimizer steps and clipping in float32, absolute: optim/README; float32 and float64 differ by up to 5e-7, a wrong variant by 1e-2.</summary>
    public const double OptimizerFloat32 = 2e-6;

    /// <summary>Fitted temperature, relative: optim/README; the likelihood is flat around its minimum.</summary>
    public const double Temperature = 1e-6;

    /// <summary>Likelihoods and expected errors of calibration, absolute: optim/README.</summary>
    public const double Calibration = 1e-9;

    /// <summary>Classification metrics, absolute: optim/README.</summary>
    public const double Metrics = 1e-9;

    // peft/README, "Suggested tolerances", all absolute unless said otherwise.

    /// <summary>Logits of adapted BERT in float32: recorded float32 and float64 differ by up to 2e-5.</summary>
    public const double PeftLogits = 5e-5;

    /// <summary>Loss of a recorded case: measured 2e-6.</summary>
    public const double PeftLoss = 1e-5;

    /// <summary>Merged weights: the rounding of one addition.</summary>
    public const double PeftMergedWeights = 1e-6;

    /// <summary>Logits of merged weights: measured 1.3e-4.</summary>
    public const double PeftMergedLogits = 3e-4;

    /// <summary>Gradients, relative to the largest entry of the tensor: measured 4e-6.</summary>
    public const double PeftGradientRelative = 1e-5;

    /// <summary>Gradients, absolute, on top of the relative part.</summary>
    public const double PeftGradientAbsolute = 1e-7;

    /// <summary>Parameters after one step: measured 3e-7.</summary>
    public const double PeftParametersAfter1 = 2e-6;

    /// <summary>Parameters after 5 and 20 steps: measured 8e-7.</summary>
    public const double PeftParametersAfter20 = 5e-6;

    /// <summary>Loss of every step: measured 1e-6.</summary>
    public const double PeftLossCurve = 5e-6;
}
