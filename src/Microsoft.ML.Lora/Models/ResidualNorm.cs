using Microsoft.ML.Lora.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary><c>LayerNorm(dropout(x + shift) + residual)</c>, the end of both halves of a post-norm layer. Statistics are float32 whatever x is.</summary>
/// <param name="site">The place, for dropout.</param>
/// <param name="weight">(hidden), float32; owned.</param>
/// <param name="bias">(hidden), float32; owned.</param>
/// <param name="eps">Added to the variance.</param>
internal sealed class ResidualNorm(int site, Tensor weight, Tensor bias, double eps) : IDisposable
{
    /// <summary>Applies it.</summary>
    /// <param name="x">(N, hidden), or (rows, hidden) of the first tokens.</param>
    /// <param name="residual">As x, or null.</param>
    /// <param name="dropout">The probability of dropout on x.</param>
    /// <param name="context">The forward.</param>
    /// <param name="shift">(hidden), or null: the bias of the product that made x.</param>
    /// <returns>As x, in the context's type.</returns>
    public Tensor Forward(Tensor x, Tensor? residual, float dropout, ForwardContext context, Tensor? shift = null)
    {
        ulong[]? keys = context.Training && dropout > 0 ? ContextDropout.KeysOf(x, context, RandomStreams.HiddenDropout, site) : null;
        return DropoutAddNorm.Apply(x, residual, weight, bias, eps, keys, dropout, context.ActivationType, shift);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
    }
}
