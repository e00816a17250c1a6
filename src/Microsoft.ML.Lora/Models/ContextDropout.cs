using Microsoft.ML.Lora.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>
/// Random keys of a forward, by what identifies a place (seed, use, step, site, example, token or head and query), never by where a row
/// lies in the batch; and dropout masks made from them.
/// </summary>
internal static class ContextDropout
{
    /// <summary>One key per token, in packed order.</summary>
    public static ulong[] TokenKeys(ForwardContext context, ulong stream, int site)
    {
        ulong[] keys = new ulong[context.Batch.TokenCount];
        int at = 0;
        foreach (LengthGroup group in context.Batch.Groups)
        {
            for (int row = group.FirstRow; row < group.FirstRow + group.RowCount; row++)
            {
                ulong rowKey = RowKey(context, stream, site, row);
                for (int token = 0; token < group.Length; token++)
                    keys[at++] = CounterRandom.Derive(rowKey, (ulong)token);
            }
        }

        return keys;
    }

    /// <summary>One key per vector: those of all tokens, or, where there is one vector a row, those of the first tokens.</summary>
    /// <param name="x">(N, channels) or (rows, channels).</param>
    /// <param name="context">The forward.</param>
    /// <param name="stream">The use.</param>
    /// <param name="site">The place.</param>
    public static ulong[] KeysOf(Tensor x, ForwardContext context, ulong stream, int site)
    {
        if (x.shape[0] == context.Batch.TokenCount)
            return TokenKeys(context, stream, site);
        ulong[] keys = RowKeys(context, stream, site);
        for (int row = 0; row < keys.Length; row++)
            keys[row] = CounterRandom.Derive(keys[row], 0);
        return keys;
    }

    /// <summary>One key per row, in packed order.</summary>
    public static ulong[] RowKeys(ForwardContext context, ulong stream, int site)
    {
        ulong[] keys = new ulong[context.Batch.RowCount];
        for (int row = 0; row < keys.Length; row++)
            keys[row] = RowKey(context, stream, site, row);
        return keys;
    }

    /// <summary>One key per row, head and query of a group, in the order of attention probabilities (rows, heads, queries).</summary>
    public static ulong[] AttentionKeys(ForwardContext context, int site, LengthGroup group, int heads)
    {
        ulong[] keys = new ulong[group.RowCount * heads * group.Length];
        int at = 0;
        for (int row = group.FirstRow; row < group.FirstRow + group.RowCount; row++)
        {
            ulong rowKey = RowKey(context, RandomStreams.AttentionDropout, site, row);
            for (int head = 0; head < heads; head++)
            {
                for (int query = 0; query < group.Length; query++)
                    keys[at++] = CounterRandom.Derive(rowKey, ((ulong)head << 32) | (uint)query);
            }
        }

        return keys;
    }

    /// <summary>A mask over rows and channels, (rows, channels), float32: 0, or <see cref="DropoutMask.KeptScale"/>.</summary>
    public static Tensor RowMask(ForwardContext context, ulong stream, int site, int channels, float probability) =>
        DropoutMask.Create(RowKeys(context, stream, site), channels, probability, DropoutMask.KeptScale(probability),
            ScalarType.Float32, context.Batch.Device);

    private static ulong RowKey(ForwardContext context, ulong stream, int site, int row) =>
        CounterRandom.Key(context.Seed, stream, (ulong)context.Step, (ulong)site, (ulong)context.Batch.ExampleIds[row]);
}
