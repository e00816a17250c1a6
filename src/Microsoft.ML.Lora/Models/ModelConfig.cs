namespace Microsoft.ML.Lora.Models;

/// <summary>The settings of an encoder, under names common to all families. Read from config.json by the family.</summary>
internal sealed record ModelConfig
{
    /// <summary>The <c>model_type</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>Width of the hidden states.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads a layer.</summary>
    public required int Heads { get; init; }

    /// <summary>Width inside the feed-forward part.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of token ids.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Longest row.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Number of segments.</summary>
    public required int TypeVocabSize { get; init; }

    /// <summary>The activation of the feed-forward part.</summary>
    public required string HiddenAct { get; init; }

    /// <summary>Added to the variance in every LayerNorm.</summary>
    public required double LayerNormEps { get; init; }

    /// <summary>Probability of dropout on hidden states.</summary>
    public required float HiddenDropout { get; init; }

    /// <summary>Probability of dropout on attention probabilities.</summary>
    public required float AttentionDropout { get; init; }

    /// <summary>Probability of dropout before a classifier: <c>classifier_dropout</c>, else that of hidden states.</summary>
    public required float ClassifierDropout { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public required float InitializerRange { get; init; }

    /// <summary>The id of the padding token.</summary>
    public required int PadTokenId { get; init; }

    /// <summary>Width of one head.</summary>
    public int HeadSize => HiddenSize / Heads;
}
