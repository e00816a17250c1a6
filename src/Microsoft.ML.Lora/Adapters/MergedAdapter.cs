using Microsoft.ML.Lora.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>
/// Private copies of the adapted matrices with the update added, for scoring at the speed of the bare base. The shared base is not touched.
/// Immutable; used by many threads. Dispose frees the copies.
/// </summary>
internal sealed class MergedAdapter : ISlotAdapters, IDisposable
{
    private readonly Dictionary<int, Slot> _slots = [];

    private readonly record struct Slot(Tensor? Whole, Tensor?[] Parts);

    /// <param name="model">The base model.</param>
    /// <param name="adapter">What to add; it may be disposed afterwards.</param>
    public MergedAdapter(EncoderModel model, LoraAdapter adapter)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach (LinearSlot slot in model.Slots.Where(adapter.Covers))
        {
            IReadOnlyList<AdaptedPart> adapted = adapter.PartsOf(slot);
            Tensor?[] merged = slot.Parts.Select(part => adapted.FirstOrDefault(a => a.FirstOutput == part.FirstOutput) is { } a
                ? LoraMath.Merge(part.Weight, a.A, a.B, a.Scaling)
                : null).ToArray();
            // All parts adapted: one product as before. Otherwise one product per part, so that only adapted matrices are copied.
            Slot entry = merged.All(m => m is not null)
                ? new Slot((merged.Length == 1 ? merged[0]! : cat([.. merged.Select(m => m!)], 0)).alias().DetachFromDisposeScope(), [])
                : new Slot(null, merged.Select(m => m?.DetachFromDisposeScope()).ToArray());
            _slots.Add(slot.Site, entry);
            Bytes += adapted.Sum(a => (long)a.OutFeatures * slot.InFeatures * slot.Weight.element_size());
        }
    }

    /// <summary>Memory of the copies.</summary>
    public long Bytes { get; }

    public bool Covers(LinearSlot slot) => _slots.ContainsKey(slot.Site);

    /// <inheritdoc/>
    public Tensor Forward(LinearSlot slot, Tensor x, ForwardContext context)
    {
        Slot merged = _slots[slot.Site];
        if (merged.Whole is not null)
            return nn.functional.linear(x, merged.Whole, slot.Bias);
        using DisposeScope scope = NewDisposeScope();
        var outputs = new List<Tensor>(slot.Parts.Count);
        for (int i = 0; i < slot.Parts.Count; i++)
            outputs.Add(nn.functional.linear(x, merged.Parts[i] ?? slot.Parts[i].Weight, slot.Parts[i].Bias));
        return cat(outputs, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The merged weight of one projection, (out, in), or null where it has no adapter; a view or the copy itself, not to be disposed
    /// before this.</summary>
    public Tensor? WeightOf(LinearSlot slot, int partIndex)
    {
        if (!_slots.TryGetValue(slot.Site, out Slot merged))
            return null;
        LinearPart part = slot.Parts[partIndex];
        return merged.Whole is null ? merged.Parts[partIndex]?.alias() : merged.Whole.narrow(0, part.FirstOutput, part.OutFeatures);
    }

    public void Dispose()
    {
        foreach (Slot slot in _slots.Values)
        {
            slot.Whole?.Dispose();
            foreach (Tensor? part in slot.Parts)
                part?.Dispose();
        }

        _slots.Clear();
    }
}
