using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>
/// A slot with its adapters as one node of the graph: the formula of <see cref="LoraMath"/> forward, its derivative backward. Where autograd would
/// record some twenty small operations a slot, this records one, keeps the input (which the layer keeps anyway) instead of the dropped input and
/// the mask, and computes no gradient that nobody asked for.
/// </summary>
/// <remarks>
/// With d = dropout(x), l = d A^T and g the gradient of y: dA = (g s B)^T d, dB = s g^T l, dx = g W0 + mask * (g s B) A. The mask is made again from
/// its keys. W0 and b have no gradient.
/// </remarks>
internal sealed class LoraFunction : autograd.SingleTensorFunction<LoraFunction>
{
    /// <summary>What does not change between forward and backward.</summary>
    /// <param name="Slot">The base weights.</param>
    /// <param name="Parts">The adapters, in the order of the slot's outputs.</param>
    /// <param name="Keys">One key per row of the input for dropout; null for none.</param>
    /// <param name="Probability">Of dropout.</param>
    /// <param name="InputNeedsGradient">Whether anything below is trained.</param>
    internal sealed record Settings(LinearSlot Slot, IReadOnlyList<AdaptedPart> Parts, ulong[]? Keys, float Probability, bool InputNeedsGradient);

    public override string Name => nameof(LoraFunction);

    /// <summary>The slot's output, (N, out), recorded for backward.</summary>
    /// <param name="x">(N, in).</param>
    /// <param name="settings">Base, adapters, dropout.</param>
    public static Tensor Apply(Tensor x, Settings settings)
    {
        object[] inputs = new object[2 + (2 * settings.Parts.Count)];
        inputs[0] = x;
        inputs[1] = settings;
        for (int i = 0; i < settings.Parts.Count; i++)
        {
            inputs[2 + (2 * i)] = settings.Parts[i].A;
            inputs[3 + (2 * i)] = settings.Parts[i].B;
        }

        return apply(inputs);
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var x = (Tensor)vars[0];
        var settings = (Settings)vars[1];
        // Saved tensors are taken over after this method returns, so they must outlive its scope.
        Tensor a = LoraMath.StackA(settings.Parts, x.dtype);
        Tensor b = LoraMath.BlockB(settings.Parts, settings.Slot.OutFeatures, x.dtype);
        Tensor low, y;
        using (DisposeScope scope = NewDisposeScope())
        {
            low = Dropped(x, settings).mm(a.t()).MoveToOuterDisposeScope();                // (N, in) (in, R) -> (N, R)
            y = nn.functional.linear(x, settings.Slot.Weight, settings.Slot.Bias);         // (N, out)
            y.addmm_(low, b.t());                                                          // + (N, R) (R, out)
            y.MoveToOuterDisposeScope();
        }

        ctx.save_for_backward([x, low, a, b]);
        ctx.save_data("settings", settings);
        return y;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        (Tensor x, Tensor low, Tensor a, Tensor b) = (saved[0], saved[1], saved[2], saved[3]);
        var settings = (Settings)ctx.get_data("settings");
        var gradients = new Tensor?[2 + (2 * settings.Parts.Count)];

        Tensor gLow = grad_output.mm(b);                                                   // (N, out) (out, R) -> (N, R)
        Tensor gA = gLow.t().mm(Dropped(x, settings)).to(ScalarType.Float32);              // (R, N) (N, in) -> (R, in)
        Tensor gB = grad_output.t().mm(low).to(ScalarType.Float32);                        // (out, N) (N, R) -> (out, R)
        int column = 0;
        for (int i = 0; i < settings.Parts.Count; i++)
        {
            AdaptedPart part = settings.Parts[i];
            gradients[2 + (2 * i)] = gA.narrow(0, column, part.Rank).contiguous().alias();
            gradients[3 + (2 * i)] = gB.narrow(0, part.FirstOutput, part.OutFeatures).narrow(1, column, part.Rank) * part.Scaling;
            column += part.Rank;
        }

        if (settings.InputNeedsGradient)
        {
            Tensor gx = grad_output.mm(settings.Slot.Weight);                              // (N, out) (out, in) -> (N, in)
            if (settings.Keys is null)
                gx.addmm_(gLow, a);
            else
                DropoutRows.AddTo(gx, gLow.mm(a), settings.Keys, settings.Probability);
            gradients[0] = gx;
        }

        grad_output.Dispose();
        return HandedOver.Return([.. gradients]);
    }

    private static Tensor Dropped(Tensor x, Settings settings) =>
        settings.Keys is null ? x : DropoutRows.Apply(x, settings.Keys, settings.Probability);
}
