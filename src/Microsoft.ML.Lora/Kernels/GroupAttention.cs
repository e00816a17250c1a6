using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// Attention among the tokens of rows of one length, no padding and no mask: <c>softmax(q k^T / sqrt(d)) v</c> per row and head
/// (Vaswani et al. 2017, section 3.2.1).
/// </summary>
internal static class GroupAttention
{
    /// <summary>Computes it from fused projections.</summary>
    /// <param name="qkv">(rows * length, 3 * heads * d): query, key and value behind one another, heads within each.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="length">Tokens a row.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="keys">One key per row, head and query for dropout of the probabilities, or null for none.</param>
    /// <param name="probability">The probability of zero.</param>
    /// <param name="firstOnly">Whether only the first token of each row asks; all are asked.</param>
    /// <returns>(rows * length, heads * d), or (rows, heads * d) of the first tokens.</returns>
    public static Tensor Apply(Tensor qkv, int rows, int length, int heads, ulong[]? keys, float probability, bool firstOnly = false)
    {
        using DisposeScope scope = NewDisposeScope();
        long width = qkv.shape[1] / 3, size = width / heads;
        Tensor parts = qkv.view(rows, length, 3, heads, size).permute(2, 0, 3, 1, 4); // (3, rows, heads, length, d)
        int queries = firstOnly ? 1 : length;
        Tensor query = (parts.select(0, 0).narrow(2, 0, queries) * (1 / Math.Sqrt(size))).reshape(rows * heads, queries, size);
        Tensor key = parts.select(0, 1).reshape(rows * heads, length, size);
        Tensor value = parts.select(0, 2).reshape(rows * heads, length, size);
        Tensor weights = query.bmm(key.transpose(1, 2)).softmax(-1); // (rows * heads, queries, length)
        if (keys is not null)
        {
            float kept = DropoutMask.KeptScale(probability);
            ulong[] asked = firstOnly ? AttentionBlock.FirstKeys(keys, length) : keys;
            weights = weights * DropoutMask.Create(asked, length, probability, kept, qkv.dtype, qkv.device).view(rows * heads, queries, length);
        }

        return weights.bmm(value).view(rows, heads, queries, size).permute(0, 2, 1, 3).reshape(rows * queries, width).MoveToOuterDisposeScope();
    }
}
