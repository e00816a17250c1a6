using Microsoft.ML.Lora.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>Bidirectional self-attention over packed tokens: one product for query, key and value, attention per length group, output product.</summary>
/// <param name="site">The place, for dropout.</param>
/// <param name="heads">Heads.</param>
/// <param name="input">The slot of query, key and value; owned.</param>
/// <param name="output">The slot of the output projection; owned.</param>
internal sealed class SelfAttention(int site, int heads, LinearSlot input, LinearSlot output) : IDisposable
{
    /// <summary>The two projections.</summary>
    public IEnumerable<LinearSlot> Slots => [input, output];

    /// <summary>Computes it, before dropout and residual.</summary>
    /// <param name="x">(N, hidden).</param>
    /// <param name="dropout">The probability of dropout on the attention probabilities.</param>
    /// <param name="context">The forward.</param>
    /// <param name="firstTokensOnly">Attend from the first token of each row only.</param>
    /// <param name="bias">(hidden), still to be added to the result, or null.</param>
    /// <returns>(N, hidden), or (rows, hidden).</returns>
    public Tensor Forward(Tensor x, float dropout, ForwardContext context, bool firstTokensOnly, out Tensor? bias)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor qkv = input.Forward(x, context);
        bool drop = context.Training && dropout > 0;
        AttentionBlock[] blocks = [.. context.Batch.Groups.Select(group => new AttentionBlock(group.FirstToken, group.RowCount, group.Length,
            drop ? ContextDropout.AttentionKeys(context, site, group, heads) : null))];
        Tensor mixed = PackedAttention.Apply(qkv, blocks, heads, dropout, firstOnly: firstTokensOnly);
        return output.Forward(mixed, context, out bias).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        input.Dispose();
        output.Dispose();
    }
}
