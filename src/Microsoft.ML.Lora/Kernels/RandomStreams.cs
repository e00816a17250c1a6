namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// One constant per use of randomness: the <c>stream</c> of <see cref="CounterRandom.Key"/>. A number is never given to another use,
/// because saved models and recorded runs depend on it.
/// </summary>
internal static class RandomStreams
{
    /// <summary>Initial A of an adapter; a = site, b = part of the site.</summary>
    public const ulong LoraInit = 1;

    /// <summary>Initial weight of the head.</summary>
    public const ulong HeadInit = 2;

    /// <summary>Order of the rows; a = epoch.</summary>
    public const ulong Shuffle = 3;

    /// <summary>Which rows become the validation part.</summary>
    public const ulong Split = 4;

    /// <summary>Dropout of hidden states in the base; a = step, b = site, c = example, then derived per token; counter = channel.</summary>
    public const ulong HiddenDropout = 5;

    /// <summary>Dropout of attention probabilities; a = step, b = site, c = example, then derived per head and query; counter = key position.</summary>
    public const ulong AttentionDropout = 6;

    /// <summary>Dropout of an adapter's input; a = step, b = site, c = example, then derived per token; counter = channel.</summary>
    public const ulong LoraDropout = 7;

    /// <summary>Dropout before the head; a = step, c = example; counter = channel.</summary>
    public const ulong HeadDropout = 8;

    /// <summary>Class-balanced or weighted sampling; a = epoch.</summary>
    public const ulong Sampling = 9;

    /// <summary>Noise on the embeddings; a = step, c = example, then derived per token; counter = channel.</summary>
    public const ulong EmbeddingNoise = 10;

    /// <summary>Composition of batches of like length; a = epoch.</summary>
    public const ulong BatchOrder = 11;

    /// <summary>Numbers that tests and benchmarks draw.</summary>
    public const ulong Synthetic = 12;
}
