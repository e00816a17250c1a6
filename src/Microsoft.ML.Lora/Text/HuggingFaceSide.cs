namespace Microsoft.ML.Lora.Text;

/// <summary>A side of a text.</summary>
public enum HuggingFaceSide
{
    /// <summary>The beginning.</summary>
    Left,

    /// <summary>The end.</summary>
    Right,
}
