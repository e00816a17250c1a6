namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>A prediction on a <see cref="Message"/>.</summary>
public sealed class Intent
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}
