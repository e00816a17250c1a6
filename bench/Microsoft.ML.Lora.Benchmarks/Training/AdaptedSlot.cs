using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Benchmarks.Training;

/// <summary>
/// One slot of query, key and value, forward and backward, with its adapters or without: the difference is what adapters cost. Two things that
/// are timed alike, because a product with adapters is one node of the graph and cannot be taken apart.
/// </summary>
internal sealed class AdaptedSlot
{
    private readonly LinearSlot _slot;
    private readonly AdaptedPart[] _parts;
    private readonly ulong[] _keys;
    private readonly Tensor _input, _gradient;

    /// <summary>All tensors but the slot's belong to the current dispose scope.</summary>
    public AdaptedSlot(ModelShape shape, ScalarType type, ulong[] tokenKeys)
    {
        string[] names = ["query", "key", "value"];
        _slot = new LinearSlot(0, [.. names.Select(name => (name, (randn([shape.Hidden, shape.Hidden]) * 0.02).to(type), (Tensor?)zeros([shape.Hidden], type)))]);
        _parts = [.. names.Select((name, i) => (name, i)).Where(n => ModelShape.Targets.Contains(n.name)).Select(n => new AdaptedPart(
            new AdaptedModule(n.name, ModelShape.Rank, 2 * ModelShape.Rank, 2, shape.Hidden, shape.Hidden),
            n.i * shape.Hidden,
            (randn([ModelShape.Rank, shape.Hidden]) * 0.02).requires_grad_(true),
            (randn([shape.Hidden, ModelShape.Rank]) * 0.02).requires_grad_(true)))];
        _keys = tokenKeys;
        _input = randn([tokenKeys.Length, shape.Hidden]).to(type).requires_grad_(true);
        _gradient = randn([tokenKeys.Length, 3 * shape.Hidden]).to(type);
    }

    /// <summary>With adapters, as in a layer that has trained layers below it.</summary>
    public void WithAdapters()
    {
        using DisposeScope scope = NewDisposeScope();
        var settings = new LoraFunction.Settings(_slot, _parts, _keys, (float)ModelShape.Dropout, InputNeedsGradient: true);
        autograd.backward(LoraFunction.Apply(_input, settings), _gradient);
        HandedOver.Clear();
    }

    /// <summary>The base's product and the gradient of its input.</summary>
    public void Without()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        nn.functional.linear(_input, _slot.Weight, _slot.Bias);
        _gradient.mm(_slot.Weight);
    }

    public void Dispose() => _slot.Dispose();
}
