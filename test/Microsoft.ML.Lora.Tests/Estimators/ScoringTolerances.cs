namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>How far scores may be apart that should be the same. Probabilities in float32.</summary>
internal static class ScoringTolerances
{
    /// <summary>Alone or in a batch: matrix kernels add up in another order for another shape. The contract of docs/design.md.</summary>
    public const double Batch = 1e-5;

    /// <summary>W x + s B A x against (W + s B A) x: rounding again. The contract of docs/design.md.</summary>
    public const double Merging = 1e-5;
}
