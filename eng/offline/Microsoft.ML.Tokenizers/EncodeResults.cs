namespace Microsoft.ML.Tokenizers;

/// <summary>What an encoding produced.</summary>
public struct EncodeResults<T>
{
    public IReadOnlyList<T> Tokens { get; set; }

    /// <summary>Null when the tokenizer did not normalize.</summary>
    public string? NormalizedText { get; set; }

    /// <summary>How much of the (normalized) text the tokens cover.</summary>
    public int CharsConsumed { get; set; }
}
