namespace Microsoft.ML.Lora.Benchmarks.Comparing;

/// <summary>A way to train that <c>compare</c> tries.</summary>
/// <param name="Rank">Of the adapters; 0 for the head alone on the frozen base.</param>
internal sealed record ComparedMethod(int Rank)
{
    public static readonly IReadOnlyList<ComparedMethod> All = [new(0), new(1), new(4), new(8), new(16), new(64)];

    public string Name => Rank == 0 ? "frozen base, head only" : $"LoRA, rank {Rank}";

    public LoraOptions Lora => Rank == 0 ? LoraOptions.None : new LoraOptions { Rank = Rank, Alpha = 2 * Rank };

    /// <summary>A head alone stands more; both are the rates of the recorded Python runs.</summary>
    public double LearningRate => Rank == 0 ? 5e-3 : 1e-3;
}
