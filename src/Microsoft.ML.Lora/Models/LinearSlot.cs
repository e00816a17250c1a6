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

    /// <summary>The base projection alone, one product for all parts.</summary>
    public Tensor BaseForward(Tensor x, ForwardContext context)
    {
        context.ThrowIfCancelled();
        if (x.dim() != 2 || x.shape[1] != InFeatures)
            throw new ArgumentException($"The slot '{Parts[0].Path}' takes (N, {InFeatures}), not ({string.Join(", ", x.shape)}).", nameof(x));
        return nn.functional.linear(x, Weight, Bias);
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
