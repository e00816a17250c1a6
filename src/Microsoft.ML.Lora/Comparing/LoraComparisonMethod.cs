namespace Microsoft.ML.Lora;

/// <summary>A way to train that <see cref="LoraComparison"/> tries.</summary>
/// <param name="Name">What tables and charts call it.</param>
/// <param name="Lora">The adapters; <see cref="LoraOptions.None"/> for the head alone on the frozen base; null for full fine-tuning: every weight is trained.</param>
/// <param name="LearningRate">Highest learning rate.</param>
/// <param name="HeadLearningRate">The head's; null for the same.</param>
public sealed record LoraComparisonMethod(string Name, LoraOptions? Lora, double LearningRate, double? HeadLearningRate = null)
{
    /// <summary>What it trains.</summary>
    public LoraComparisonKind Kind => Lora is null ? LoraComparisonKind.Full : Lora.IsNone ? LoraComparisonKind.Frozen : LoraComparisonKind.Lora;

    /// <summary>The head alone on the frozen base, at a learning rate of 5e-3.</summary>
    public static LoraComparisonMethod Frozen { get; } = new("Frozen base + head", LoraOptions.None, 5e-3);

    /// <summary>
    /// Every weight of a private float32 copy of the base, at 5e-5, the head at 1e-3. The shared base is not written. The result is a model of its own as
    /// large as the base, so the library does not offer it as a way to train elsewhere.
    /// </summary>
    public static LoraComparisonMethod FullFineTuning { get; } = new("Full fine-tuning", null, 5e-5, 1e-3);

    /// <summary>Frozen base, LoRA of rank 1, 4, 8, 16 and 64, full fine-tuning.</summary>
    public static IReadOnlyList<LoraComparisonMethod> Defaults { get; } = [Frozen, LoraOfRank(1), LoraOfRank(4), LoraOfRank(8), LoraOfRank(16), LoraOfRank(64), FullFineTuning];

    /// <summary>LoRA with alpha = 2 rank on the family's default targets, at a learning rate of 1e-3, the head at that of the frozen base.</summary>
    /// <param name="rank">The rank, at least 1.</param>
    public static LoraComparisonMethod LoraOfRank(int rank) => new($"LoRA, rank {rank}", new LoraOptions { Rank = rank, Alpha = 2 * rank }, 1e-3, 5e-3);
}
