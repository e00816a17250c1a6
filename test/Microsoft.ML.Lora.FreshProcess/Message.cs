namespace Microsoft.ML.Lora.FreshProcess;

/// <summary>A row to predict on.</summary>
public sealed class Message
{
    /// <summary>The text.</summary>
    public string Text { get; set; } = "";

    /// <summary>Its label; empty where it is asked for.</summary>
    public string Label { get; set; } = "";
}
