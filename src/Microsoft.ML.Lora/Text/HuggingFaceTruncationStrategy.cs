namespace Microsoft.ML.Lora.Text;

/// <summary>Which text of a pair truncation shortens.</summary>
public enum HuggingFaceTruncationStrategy
{
    /// <summary>The longer one, until both are alike; then both.</summary>
    LongestFirst,

    /// <summary>The first one only; an error where that is not enough.</summary>
    OnlyFirst,

    /// <summary>The second one only; an error where that is not enough.</summary>
    OnlySecond,
}
