namespace Microsoft.ML.Lora.Text;

/// <summary>The arguments of a call of a transformers tokenizer, with the same meaning and defaults.</summary>
public sealed record HuggingFaceCallOptions
{
    /// <summary>Whether special tokens are added.</summary>
    /// <value>true</value>
    public bool AddSpecialTokens { get; init; } = true;

    /// <summary>Whether texts that are too long are shortened; null = only where <see cref="MaxLength"/> is given and nothing is padded.</summary>
    /// <value>null</value>
    public bool? Truncate { get; init; }

    /// <summary>Which text of a pair is shortened.</summary>
    /// <value><see cref="HuggingFaceTruncationStrategy.LongestFirst"/></value>
    public HuggingFaceTruncationStrategy Strategy { get; init; } = HuggingFaceTruncationStrategy.LongestFirst;

    /// <summary>Most tokens; null = what tokenizer_config.json says the model takes.</summary>
    /// <value>null</value>
    public int? MaxLength { get; init; }

    /// <summary>How many tokens the parts that are cut off repeat of the part before.</summary>
    /// <value>0</value>
    public int Stride { get; init; }

    /// <summary>How far encodings are padded.</summary>
    /// <value><see cref="HuggingFacePaddingMode.None"/></value>
    public HuggingFacePaddingMode Padding { get; init; }

    /// <summary>Round the padded length up to a multiple.</summary>
    /// <value>null</value>
    public int? PadToMultipleOf { get; init; }

    /// <summary>The side that is padded; null = as tokenizer_config.json says.</summary>
    /// <value>null</value>
    public HuggingFaceSide? PaddingSide { get; init; }

    /// <summary>The padding token; null = as the tokenizer's files say.</summary>
    /// <value>null</value>
    public string? PaddingToken { get; init; }

    /// <summary>Whether the parts that are cut off are results too.</summary>
    /// <value>false</value>
    public bool ReturnOverflowing { get; init; }
}
