using Microsoft.ML.Lora.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>
/// An adaptable place of a model: one projection, or several of the same input as one product (query, key and value of an attention),
/// <c>y = x W^T + b</c>. Holds the base weights; what adapts it comes with the <see cref="ForwardContext"/>.
/// </summary>
internal sealed class LinearSlot : IDisposable
{
    /// <summary>Fuses projections of one input.</summary>
    /// <param name="site">A number that no other slot of the model has.</param>
    /// <param name="parts">Path, weight (out, in) and bias of each; the slot takes ownership. All have a bias, or none.</param>
    public LinearSlot(int site, params IReadOnlyList<(string Path, Tensor Weight, Tensor? Bias)> parts)
    {
        Site = site;
        InFeatures = (int)parts[0].Weight.shape[1];
        if (parts.Count == 1)
        {
            Weight = parts[0].Weight;
            Bias = parts[0].Bias;
        }
        else
        {
            Weight = cat([.. parts.Select(p => p.Weight)], 0).DetachFromDisposeScope();
            Bias = parts[0].Bias is null ? null : cat([.. parts.Select(p => p.Bias!)], 0).DetachFromDisposeScope();
        }

        var list = new List<LinearPart>();
        int first = 0;
        foreach ((string path, Tensor weight, Tensor? bias) in parts)
        {
            int outputs = (int)weight.shape[0];
            list.Add(parts.Count == 1
                ? new LinearPart(path, InFeatures, outputs, 0, Weight, Bias)
                : new LinearPart(path, InFeatures, outputs, first, Weight.narrow(0, first, outputs).DetachFromDisposeScope(),
                    Bias?.narrow(0, first, outputs).DetachFromDisposeScope()));
            if (parts.Count > 1)
            {
                weight.Dispose();
                bias?.Dispose();
            }

            first += outputs;
        }

        Parts = list;
        OutFeatures = first;
    }

    /// <summary>Unique in the model.</summary>
    public int Site { get; }

    /// <summary>The named projections, in the order of the outputs.</summary>
    public IReadOnlyList<LinearPart> Parts { get; }

    /// <summary>Inputs.</summary>
    public int InFeatures { get; }

    /// <summary>Outputs of all parts.</summary>
    public int OutFeatures { get; }

    /// <summary>The weights of all parts, (sum of out, in), never written.</summary>
    public Tensor Weight { get; }

    /// <summary>The biases of all parts, (sum of out), or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>The projection with whatever adapts it in this forward.</summary>
    /// <param name="x">(N, in).</param>
    /// <param name="context">The forward.</param>
    /// <returns>(N, sum of out).</returns>
    public Tensor Forward(Tensor x, ForwardContext context) =>
        context.Adapters is { } adapters && adapters.Covers(this) ? adapters.Forward(this, x, context) : BaseForward(x, context);

    /// <summary>
    /// As <see cref="Forward(Tensor, ForwardContext)"/>, but the bias is left to whoever reads the result where that costs nothing: libtorch adds it to a bfloat16
    /// product in two passes over its memory, a tenth of the product's time.
    /// </summary>
    /// <param name="x">(N, in).</param>
    /// <param name="context">The forward.</param>
    /// <param name="bias">(sum of out), still to be added; null where there is none, or it has been added.</param>
    public Tensor Forward(Tensor x, ForwardContext context, out Tensor? bias)
    {
        bool leaves = x.dtype == ScalarType.BFloat16 && x.device_type == DeviceType.CPU && Bias is not null && !NativeData.NeedsGraph(Bias)
            && VectorKernels.Available && context.Adapters?.Covers(this) != true;
        bias = leaves ? Bias : null;
        return leaves ? Product(x, context, null) : Forward(x, context);
    }

    /// <summary>The base projection alone, one product for all parts.</summary>
    public Tensor BaseForward(Tensor x, ForwardContext context) => Product(x, context, Bias);

    private Tensor Product(Tensor x, ForwardContext context, Tensor? bias)
    {
        context.ThrowIfCancelled();
        if (x.dim() != 2 || x.shape[1] != InFeatures)
            throw new ArgumentException($"The slot '{Parts[0].Path}' takes (N, {InFeatures}), not ({string.Join(", ", x.shape)}).", nameof(x));
        return nn.functional.linear(x, Weight, bias);
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        if (Parts.Count > 1)
        {
            foreach (LinearPart part in Parts)
            {
                part.Weight.Dispose();
                part.Bias?.Dispose();
            }
        }

        Weight.Dispose();
        Bias?.Dispose();
    }
}
