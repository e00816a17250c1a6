namespace Microsoft.ML.Lora;

/// <summary>What an adapter of a <see cref="LoraAdapterPool"/> says of a text.</summary>
/// <param name="Key">The adapter that was asked.</param>
/// <param name="Label">The class with the highest probability; empty where the key has no adapter and the pool allows that.</param>
/// <param name="Labels">The adapter's classes, in the order of the scores.</param>
/// <param name="Scores">The probability of each class; the sum is 1.</param>
public sealed record LoraPrediction(string Key, string Label, IReadOnlyList<string> Labels, IReadOnlyList<float> Scores)
{
    /// <summary>The probability of <see cref="Label"/>; 0 where there is none.</summary>
    public float Score => Scores.Count == 0 ? 0 : Scores.Max();
}
