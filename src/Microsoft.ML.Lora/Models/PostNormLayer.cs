using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>A transformer layer with the norms after the residual sums, as in BERT: attention, norm, feed-forward, norm.</summary>
internal sealed class PostNormLayer : IDisposable
{
    /// <summary>The attention; owned.</summary>
    public required SelfAttention Attention { get; init; }

    /// <summary>After the attention; owned.</summary>
    public required ResidualNorm AttentionNorm { get; init; }

    /// <summary>Into the feed-forward part; owned.</summary>
    public required LinearSlot Up { get; init; }

    /// <summary>Between the two products of the feed-forward part; the second argument is the first product's bias, or null.</summary>
    public required Func<Tensor, Tensor?, Tensor> Activation { get; init; }

    /// <summary>Out of the feed-forward part; owned.</summary>
    public required LinearSlot Down { get; init; }

    /// <summary>At the end; owned.</summary>
    public required ResidualNorm OutputNorm { get; init; }

    /// <summary>(N, hidden) to (N, hidden), or to (rows, hidden) of the first tokens.</summary>
    public Tensor Forward(Tensor x, ModelConfig config, ForwardContext context, bool firstTokensOnly)
    {
        if (context.Recompute && is_grad_enabled() && context.Adapters is { } adapters)
        {
            Tensor[] trained = [.. Attention.Slots.Append(Up).Append(Down).SelectMany(adapters.Trained)];
            if (x.requires_grad || trained.Length > 0)
                return RecomputedLayer.Apply((input, forward) => Compute(input, config, forward, firstTokensOnly), x, context, trained);
        }

        return Compute(x, config, context, firstTokensOnly);
    }

    private Tensor Compute(Tensor x, ModelConfig config, ForwardContext context, bool firstTokensOnly)
    {
        context.ThrowIfCancelled();
        using DisposeScope scope = NewDisposeScope();
        float hiddenDropout = context.HiddenDropout ?? config.HiddenDropout;
        Tensor attended = Attention.Forward(x, context.AttentionDropout ?? config.AttentionDropout, context, firstTokensOnly, out Tensor? attentionBias);
        Tensor middle = AttentionNorm.Forward(attended, firstTokensOnly ? x.index_select(0, context.Batch.FirstTokens) : x, hiddenDropout, context, attentionBias);
        Tensor inner = Activation(Up.Forward(middle, context, out Tensor? upBias), upBias);
        return OutputNorm.Forward(Down.Forward(inner, context, out Tensor? downBias), middle, hiddenDropout, context, downBias).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Attention.Dispose();
        AttentionNorm.Dispose();
        Up.Dispose();
        Down.Dispose();
        OutputNorm.Dispose();
    }
}
