using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>Everything that varies from one forward to the next. One per forward, never shared; models hold no such state.</summary>
internal sealed class ForwardContext
{
    private CancellationToken _cancellationToken;

    /// <summary>The packed rows.</summary>
    public required PackedBatch Batch { get; init; }

    /// <summary>True: dropout is applied and a graph may be recorded.</summary>
    public bool Training { get; init; }

    /// <summary>The user's seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>The optimizer step, part of every random key.</summary>
    public long Step { get; init; }

    /// <summary>The resolved format of the activations: never <see cref="ComputeType.Auto"/>.</summary>
    public ComputeType ComputeType { get; init; } = ComputeType.Float32;

    /// <summary>What adapts the slots, or null for the bare base.</summary>
    public ISlotAdapters? Adapters { get; init; }

    /// <summary>Checked between layers.</summary>
    public CancellationToken CancellationToken
    {
        get => _cancellationToken;
        init => _cancellationToken = value;
    }

    /// <summary>Keep only the input of each layer for backward, and compute the rest again then.</summary>
    public bool Recompute { get; init; }

    /// <summary>Replaces the configuration's probability of hidden dropout where set.</summary>
    public float? HiddenDropout { get; init; }

    /// <summary>Replaces the configuration's probability of attention dropout where set.</summary>
    public float? AttentionDropout { get; init; }

    /// <summary>Strength of uniform noise on the word embeddings in training (NEFTune): ±this / sqrt(length * hidden). 0: none.</summary>
    public float EmbeddingNoise { get; init; }

    /// <summary>Where given, the model adds the states after the embeddings and after each layer; the caller disposes them.</summary>
    public IList<Tensor>? HiddenStates { get; init; }

    /// <summary>The element type of activations.</summary>
    public ScalarType ActivationType => ComputeType switch
    {
        ComputeType.Float32 => ScalarType.Float32,
        ComputeType.BFloat16 => ScalarType.BFloat16,
        _ => throw new InvalidOperationException($"The compute type {ComputeType} is not resolved."),
    };

    /// <summary>The same forward, which nobody can cancel.</summary>
    public ForwardContext Uncancellable()
    {
        var copy = (ForwardContext)MemberwiseClone();
        copy._cancellationToken = CancellationToken.None;
        return copy;
    }

    /// <summary>Throws where the caller has cancelled.</summary>
    public void ThrowIfCancelled() => CancellationToken.ThrowIfCancellationRequested();
}
