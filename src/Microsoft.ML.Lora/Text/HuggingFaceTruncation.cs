namespace Microsoft.ML.Lora.Text;

/// <summary>How texts that are too long are shortened.</summary>
/// <param name="MaxLength">Most tokens, special ones included.</param>
/// <param name="Strategy">Which text of a pair is shortened.</param>
/// <param name="Stride">How many tokens the parts that are cut off repeat of the part before.</param>
/// <param name="Direction">The side that is cut.</param>
public sealed record HuggingFaceTruncation(
    int MaxLength,
    HuggingFaceTruncationStrategy Strategy = HuggingFaceTruncationStrategy.LongestFirst,
    int Stride = 0,
    HuggingFaceSide Direction = HuggingFaceSide.Right);
