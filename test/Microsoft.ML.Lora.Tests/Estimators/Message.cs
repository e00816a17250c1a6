namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>A row of the tests' data.</summary>
public sealed class Message
{
    public string Label { get; set; } = "";

    public string Text { get; set; } = "";

    public string Pair { get; set; } = "";

    public float Weight { get; set; } = 1;

    public float[] Numbers { get; set; } = [1, 2, 3];
}
