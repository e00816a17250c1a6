using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Puts <see cref="DropoutAddNormKernel"/> into the graph. Keeps the inputs and two numbers a row; mask and norm are computed again.</summary>
internal sealed class DropoutAddNormFunction : autograd.SingleTensorFunction<DropoutAddNormFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(DropoutAddNormFunction);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var x = (Tensor)vars[0];
        var residual = (Tensor?)vars[1];
        var settings = (DropoutAddNormSettings)vars[2];
        Tensor statistics = empty(x.shape[0], 2, ScalarType.Float32);
        Tensor result = DropoutAddNormKernel.Forward(x, residual, settings, statistics);
        ctx.save_for_backward(residual is null ? [x, statistics] : [x, statistics, residual]);
        ctx.save_data("settings", settings);
        return result;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        var settings = (DropoutAddNormSettings)ctx.get_data("settings");
        (Tensor? input, Tensor? residual) = DropoutAddNormKernel.Backward(
            grad_output.contiguous(), saved[0], saved.Count > 2 ? saved[2] : null, saved[1], settings);
        grad_output.Dispose();
        return HandedOver.Return(input, residual, null);
    }
}
