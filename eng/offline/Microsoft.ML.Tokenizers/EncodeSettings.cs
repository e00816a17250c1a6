namespace Microsoft.ML.Tokenizers;

/// <summary>How to encode. A new instance has no token limit and both steps off; <c>default</c> has a limit of 0.</summary>
public struct EncodeSettings
{
    public EncodeSettings() => MaxTokenCount = int.MaxValue;

    public bool ConsiderNormalization { get; set; }

    public bool ConsiderPreTokenization { get; set; }

    public int MaxTokenCount { get; set; }
}
