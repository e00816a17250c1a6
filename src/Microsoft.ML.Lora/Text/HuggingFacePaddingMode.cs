namespace Microsoft.ML.Lora.Text;

/// <summary>How far a call pads its encodings.</summary>
public enum HuggingFacePaddingMode
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>To the longest of the call.</summary>
    Longest,

    /// <summary>To the greatest length.</summary>
    MaxLength,
}
