using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>
/// The adapters of one model: A and B of each adapted layer, float32, apart from the base. Reading is safe from many threads while nothing
/// trains them. Dispose frees them; the base model is not theirs.
/// </summary>
internal sealed class LoraAdapter : ISlotAdapters, IDisposable
{
    private readonly Dictionary<int, AdaptedPart[]> _bySite;

    /// <param name="options">What they were made from.</param>
    /// <param name="parts">Each with the site of its slot, in the model's order; owned from now on.</param>
    public LoraAdapter(LoraOptions options, IReadOnlyList<(int Site, AdaptedPart Part)> parts)
    {
        Options = options;
        Parts = parts.Select(p => p.Part).ToArray();
        _bySite = parts.GroupBy(p => p.Site).ToDictionary(g => g.Key, g => g.Select(p => p.Part).OrderBy(p => p.FirstOutput).ToArray());
    }

    public LoraOptions Options { get; }

    /// <summary>All adapters in the model's order.</summary>
    public IReadOnlyList<AdaptedPart> Parts { get; }

    /// <summary>A and B of every layer, A first, in the model's order.</summary>
    public IEnumerable<TrainableParameter> Parameters => Parts.SelectMany(p => new[]
    {
        new TrainableParameter($"{PeftFormat.ModelPrefix}{p.Module.Module}.lora_A.weight", p.A, ParameterKind.LoraA),
        new TrainableParameter($"{PeftFormat.ModelPrefix}{p.Module.Module}.lora_B.weight", p.B, ParameterKind.LoraB),
    });

    public bool Covers(LinearSlot slot) => _bySite.ContainsKey(slot.Site);

    /// <summary>The adapters of a slot in the order of its outputs; empty when it has none.</summary>
    public IReadOnlyList<AdaptedPart> PartsOf(LinearSlot slot) => _bySite.TryGetValue(slot.Site, out AdaptedPart[]? parts) ? parts : [];

    /// <inheritdoc/>
    public Tensor Forward(LinearSlot slot, Tensor x, ForwardContext context)
    {
        AdaptedPart[] parts = _bySite[slot.Site];
        // One mask for all parts of the slot, which share their input, as if it were one layer.
        ulong[]? keys = context.Training && Options.Dropout > 0 ? ContextDropout.KeysOf(x, context, RandomStreams.LoraDropout, slot.Site) : null;
        context.ThrowIfCancelled();
        if (is_grad_enabled())
            return LoraFunction.Apply(x, new LoraFunction.Settings(slot, parts, keys, (float)Options.Dropout, x.requires_grad));

        using DisposeScope scope = NewDisposeScope();
        Tensor dropped = keys is null ? x : DropoutRows.Apply(x, keys, (float)Options.Dropout);
        Tensor a = LoraMath.StackA(parts, x.dtype);
        Tensor b = LoraMath.BlockB(parts, slot.OutFeatures, x.dtype);
        return LoraMath.Forward(slot.BaseForward(x, context), dropped, a, b).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public IEnumerable<Tensor> Trained(LinearSlot slot) => PartsOf(slot).SelectMany(part => new[] { part.A, part.B });

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (AdaptedPart part in Parts)
            part.Dispose();
    }
}
