using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// <c>LayerNorm(dropout(x + shift) + residual)</c> with float32 sums, statistics and parameters; the result is rounded once. One pass in vectors where
/// the machine has them, stock operators elsewhere. A weight that needs a gradient, as in full fine-tuning, also takes the stock operators.
/// </summary>
internal static class DropoutAddNorm
{
    /// <summary>Applies it.</summary>
    /// <param name="x">(N, C), float32 or bfloat16.</param>
    /// <param name="residual">(N, C), or null.</param>
    /// <param name="weight">(C), float32.</param>
    /// <param name="bias">(C), float32.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="rowKeys">One key per row of x for the mask, or null for no dropout.</param>
    /// <param name="probability">The probability of zero.</param>
    /// <param name="type">The type of the result.</param>
    /// <param name="shift">(C), of x's type, or null: the bias of the product that made x. It has no gradient.</param>
    public static Tensor Apply(
        Tensor x, Tensor? residual, Tensor weight, Tensor bias, double eps, ulong[]? rowKeys, float probability, ScalarType type, Tensor? shift = null)
    {
        bool fits = VectorKernels.Available && !NativeData.NeedsGraph(weight) && x.dtype == type && NativeData.Fits(x) && (residual is null || (residual.dtype == type && NativeData.Fits(residual)))
            && (shift is null || (shift.dtype == type && NativeData.Fits(shift)));
        if (!fits)
            return Stock(x, residual, weight, bias, eps, rowKeys, probability, type, shift);
        var settings = new DropoutAddNormSettings(weight, bias, (float)eps, rowKeys, probability, x.requires_grad, residual is { requires_grad: true }, shift);
        return NativeData.NeedsGraph(x, residual)
            ? DropoutAddNormFunction.apply(x, residual!, settings)
            : DropoutAddNormKernel.Forward(x, residual, settings, null);
    }

    /// <summary>The same by stock operators, on any device.</summary>
    internal static Tensor Stock(
        Tensor x, Tensor? residual, Tensor weight, Tensor bias, double eps, ulong[]? rowKeys, float probability, ScalarType type, Tensor? shift = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor sum = x.to(ScalarType.Float32);
        if (shift is not null)
            sum = sum + shift.to(ScalarType.Float32);
        if (rowKeys is not null)
            sum = sum * DropoutMask.Create(rowKeys, (int)x.shape[1], probability, DropoutMask.KeptScale(probability), ScalarType.Float32, x.device);
        if (residual is not null)
            sum = sum + residual.to(ScalarType.Float32);
        return nn.functional.layer_norm(sum, weight.shape, weight, bias, eps).to(type).alias().MoveToOuterDisposeScope();
    }
}
