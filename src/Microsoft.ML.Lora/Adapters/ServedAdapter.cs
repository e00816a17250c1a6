using Microsoft.ML.Lora.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>
/// An adapter with its head, ready to score beside many others on one base: A stacked by slot, B already scaled, both in the type the base computes
/// in, so that an adapter takes the memory of its file and no more. Never merged, immutable, used by many threads, counted.
/// </summary>
internal sealed class ServedAdapter : Counted
{
    private readonly Dictionary<int, Slot> _slots = [];
    private readonly Tensor _headWeight;
    private readonly Tensor _headBias;
    private readonly long _pressure;

    /// <param name="model">The base that it is for; not kept.</param>
    /// <param name="pooling">How its rows become one vector.</param>
    /// <param name="adapter">Its matrices, or null for a head alone; copied, so it may be disposed afterwards.</param>
    /// <param name="head">Its classifier; copied.</param>
    /// <param name="labels">The names of its classes.</param>
    /// <param name="temperature">Logits are divided by it.</param>
    public ServedAdapter(
        EncoderModel model, IPooling pooling, LoraAdapter? adapter, ClassifierHead head, IReadOnlyList<string> labels, double temperature)
    {
        Pooling = pooling;
        Labels = labels;
        Temperature = temperature;
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        ScalarType type = model.Slots[0].Weight.dtype;
        foreach (LinearSlot slot in adapter is null ? [] : model.Slots.Where(adapter.Covers))
        {
            IReadOnlyList<AdaptedPart> parts = adapter!.PartsOf(slot);
            var columns = new List<Part>();
            int column = 0;
            foreach (AdaptedPart part in parts)
            {
                columns.Add(new Part(part.FirstOutput, part.OutFeatures, column, part.Rank, Keep((part.B * part.Scaling).to(type))));
                column += part.Rank;
            }

            _slots.Add(slot.Site, new Slot(Keep(LoraMath.StackA(parts, type)), columns.ToArray()));
        }

        _headWeight = Keep(head.Weight.clone());
        _headBias = Keep(head.Bias.clone());
        // The collector cannot see native memory; without this it would let forgotten adapters pile up.
        _pressure = Bytes;
        GC.AddMemoryPressure(_pressure);

        Tensor Keep(Tensor tensor)
        {
            Tensor kept = tensor.detach().DetachFromDisposeScope();
            Bytes += kept.numel() * kept.ElementSize;
            return kept;
        }
    }

    /// <summary>Tells the collector that the memory is gone; tensors have finalizers of their own.</summary>
    ~ServedAdapter()
    {
        if (_pressure > 0)
            GC.RemoveMemoryPressure(_pressure);
    }

    /// <summary>Number of classes of its head.</summary>
    public int Classes => Labels.Count;

    /// <summary>The names of its classes.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Logits are divided by it before they become probabilities.</summary>
    public double Temperature { get; }

    /// <summary>How its rows become one vector.</summary>
    public IPooling Pooling { get; }

    /// <summary>Native memory of its matrices.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether it changes a slot.</summary>
    public bool Covers(LinearSlot slot) => _slots.ContainsKey(slot.Site);

    /// <summary>Adds scaling * B A x to consecutive rows of a slot's output, in place.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="x">(n, in), a view.</param>
    /// <param name="y">(n, out), a view that is changed.</param>
    public void AddTo(LinearSlot slot, Tensor x, Tensor y)
    {
        if (!_slots.TryGetValue(slot.Site, out Slot found))
            return;
        using DisposeScope scope = NewDisposeScope();
        Tensor low = x.mm(found.A.t());                                                                 // (n, in) (in, R) -> (n, R)
        foreach (Part part in found.Parts)
        {
            Tensor outputs = found.Parts.Length == 1 && part.Outputs == slot.OutFeatures ? y : y.narrow(1, part.FirstOutput, part.Outputs);
            Tensor own = found.Parts.Length == 1 ? low : low.narrow(1, part.FirstColumn, part.Rank);
            outputs.addmm_(own, part.B.t());                                                            // + (n, r) (r, out)
        }
    }

    /// <summary>Logits of pooled vectors.</summary>
    /// <param name="pooled">(rows, hidden), float32.</param>
    /// <returns>(rows, classes).</returns>
    public Tensor Classify(Tensor pooled) => nn.functional.linear(pooled, _headWeight, _headBias);

    /// <inheritdoc/>
    protected override void Free()
    {
        foreach (Slot slot in _slots.Values)
        {
            slot.A.Dispose();
            foreach (Part part in slot.Parts)
                part.B.Dispose();
        }

        _headWeight.Dispose();
        _headBias.Dispose();
        GC.RemoveMemoryPressure(_pressure);
        GC.SuppressFinalize(this);
    }

    /// <summary>What a slot gets.</summary>
    /// <param name="A">The A of its projections below one another, (R, in).</param>
    /// <param name="Parts">The projections.</param>
    private readonly record struct Slot(Tensor A, Part[] Parts);

    /// <summary>One projection: where its outputs and its columns of A x are, and scaling * B, (out, r).</summary>
    private readonly record struct Part(int FirstOutput, int Outputs, int FirstColumn, int Rank, Tensor B);
}
