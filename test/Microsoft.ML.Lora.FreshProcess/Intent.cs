namespace Microsoft.ML.Lora.FreshProcess;

/// <summary>A prediction.</summary>
public sealed class Intent
{
    /// <summary>The label as text.</summary>
    public string PredictedLabel { get; set; } = "";

    /// <summary>Probability of each class.</summary>
    public float[] Score { get; set; } = [];
}
