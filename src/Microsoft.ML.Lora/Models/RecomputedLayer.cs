using Microsoft.ML.Lora.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>
/// A layer as one node of the graph that keeps its input only and computes the rest again in backward (Chen et al. 2016, "Training Deep Nets with
/// Sublinear Memory Cost", arXiv 1604.06174). Dropout masks are functions of their keys, so the second time gives the same bits as the first.
/// </summary>
internal sealed class RecomputedLayer : autograd.SingleTensorFunction<RecomputedLayer>
{
    private sealed record Settings(Func<Tensor, ForwardContext, Tensor> Layer, ForwardContext Context, Tensor[] Trained, bool InputNeedsGradient);

    /// <inheritdoc/>
    public override string Name => nameof(RecomputedLayer);

    /// <summary>The layer's output, recorded for backward.</summary>
    /// <param name="layer">(N, hidden) to (N, hidden); depends on nothing but its arguments and <paramref name="trained"/>.</param>
    /// <param name="x">(N, hidden).</param>
    /// <param name="context">The forward.</param>
    /// <param name="trained">The tensors of the layer that get a gradient.</param>
    public static Tensor Apply(Func<Tensor, ForwardContext, Tensor> layer, Tensor x, ForwardContext context, Tensor[] trained) =>
        apply([x, new Settings(layer, context, trained, x.requires_grad), .. trained]);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var x = (Tensor)vars[0];
        var settings = (Settings)vars[1];
        ctx.save_for_backward([x]);
        ctx.save_data("settings", settings);
        using IDisposable noGradient = no_grad();
        return settings.Layer(x, settings.Context);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable gradient = enable_grad();
        var settings = (Settings)ctx.get_data("settings");
        Tensor x = ctx.get_saved_variables()[0].detach();
        if (settings.InputNeedsGradient)
            x.requires_grad_(true);
        Tensor y = settings.Layer(x, settings.Context.Uncancellable()); // an exception must not leave a backward
        Tensor[] wanted = settings.InputNeedsGradient ? [x, .. settings.Trained] : settings.Trained;
        IList<Tensor> found = autograd.grad([y], wanted, [grad_output]);
        grad_output.Dispose();
        return HandedOver.Return([settings.InputNeedsGradient ? found[0] : null, null, .. found.Skip(wanted.Length - settings.Trained.Length)]);
    }
}
