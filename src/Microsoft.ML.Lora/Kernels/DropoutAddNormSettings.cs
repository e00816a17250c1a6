using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>All of one <see cref="DropoutAddNorm"/> but its two inputs.</summary>
internal sealed record DropoutAddNormSettings(
    Tensor Weight, Tensor Bias, float Eps, ulong[]? RowKeys, float Probability, bool NeedsInputGradient, bool NeedsResidualGradient,
    Tensor? Shift = null)
{
    /// <summary>Of 65,536 draws, so many drop.</summary>
    public uint Threshold { get; } = DropoutMask.Threshold(Probability);

    /// <summary>What kept elements are multiplied with.</summary>
    public float KeptScale { get; } = DropoutMask.KeptScale(Probability);
}
