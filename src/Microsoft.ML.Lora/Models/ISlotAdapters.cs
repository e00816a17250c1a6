using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>What may replace the output of a slot. Models know nothing more of adapters.</summary>
internal interface ISlotAdapters
{
    /// <summary>True where <see cref="Forward"/> is to be called for this slot; otherwise the base projection is used.</summary>
    bool Covers(LinearSlot slot);

    /// <summary>The whole output of the slot: the base projection (<see cref="LinearSlot.BaseForward"/>, or merged weights) and what is added to it.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="x">(N, in).</param>
    /// <param name="context">The forward this is part of.</param>
    /// <returns>(N, sum of the parts' out).</returns>
    Tensor Forward(LinearSlot slot, Tensor x, ForwardContext context);

    /// <summary>The tensors behind the output of a slot that are trained; none where nothing is.</summary>
    IEnumerable<Tensor> Trained(LinearSlot slot) => [];
}
