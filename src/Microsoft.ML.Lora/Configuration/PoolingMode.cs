namespace Microsoft.ML.Lora;

/// <summary>How the hidden states of a text's tokens become one vector.</summary>
public enum PoolingMode
{
    /// <summary>The first token's.</summary>
    Cls = 0,

    /// <summary>Their mean.</summary>
    Mean = 1,

    /// <summary>The largest value of each channel.</summary>
    Max = 2,

    /// <summary>Their sum divided by the square root of their number.</summary>
    MeanSqrtLength = 3,

    /// <summary>Their mean weighted with 1, 2, 3, ...</summary>
    WeightedMean = 4,

    /// <summary>The last token's.</summary>
    LastToken = 5,

    /// <summary>The model family's own pooler: for BERT a linear layer and tanh over the first token's.</summary>
    Pooler = 6,
}
