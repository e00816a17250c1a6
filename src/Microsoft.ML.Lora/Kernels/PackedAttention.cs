using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// Attention within each row of a packed batch, no padding and no mask: <c>softmax(q k^T / sqrt(d)) v</c> per row and head
/// (Vaswani et al. 2017, section 3.2.1). One node of the graph for all rows of all lengths, so that backward fills the gradient of the
/// projections in place. Short rows go through <see cref="ShortAttention"/>; for long ones the products are libtorch's, and the softmax
/// between them with its dropout is a vector kernel.
/// </summary>
internal sealed class PackedAttention : autograd.SingleTensorFunction<PackedAttention>
{
    /// <inheritdoc/>
    public override string Name => nameof(PackedAttention);

    /// <summary>Computes it.</summary>
    /// <param name="qkv">(N, 3 * heads * d): query, key and value behind one another, heads within each.</param>
    /// <param name="blocks">All rows, by length.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="probability">The probability of dropping an attention probability, where blocks have keys.</param>
    /// <param name="longest">The longest rows that <see cref="ShortAttention"/> gets; null: what is fastest.</param>
    /// <param name="firstOnly">
    /// Whether only the first token of each row asks, while all are asked: for a last layer of which only that token's result is used. Blocks keep
    /// the keys of all queries, so dropout and result are those of the whole computation.
    /// </param>
    /// <returns>(N, heads * d), or (rows, heads * d) of the first tokens in the order of the blocks.</returns>
    public static Tensor Apply(
        Tensor qkv, IReadOnlyList<AttentionBlock> blocks, int heads, float probability, int? longest = null, bool firstOnly = false)
    {
        if (!VectorKernels.Available || !NativeData.Fits(qkv) || blocks.Any(b => (long)b.Rows * heads * b.Length * b.Length > int.MaxValue / 4))
            return Stock(qkv, blocks, heads, probability, firstOnly);
        int few = longest ?? ShortAttention.Longest(qkv.dtype);
        return NativeData.NeedsGraph(qkv)
            ? apply(qkv, blocks, heads, probability, few, firstOnly)
            : Compute(qkv, blocks, heads, probability, few, firstOnly, null);
    }

    /// <summary>The same by stock operators, on any device.</summary>
    internal static Tensor Stock(Tensor qkv, IReadOnlyList<AttentionBlock> blocks, int heads, float probability, bool firstOnly = false)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] results = [.. blocks.Select(b =>
            GroupAttention.Apply(qkv.narrow(0, b.FirstToken, b.Rows * b.Length), b.Rows, b.Length, heads, b.Keys, probability, firstOnly))];
        return (results.Length == 1 ? results[0] : cat(results, 0)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var qkv = (Tensor)vars[0];
        var blocks = (IReadOnlyList<AttentionBlock>)vars[1];
        (int heads, float probability, int longest, bool firstOnly) = ((int)vars[2], (float)vars[3], (int)vars[4], (bool)vars[5]);
        List<Tensor> saved = [qkv];
        Tensor result = Compute(qkv, blocks, heads, probability, longest, firstOnly, saved);
        ctx.save_for_backward(saved);
        ctx.save_data("blocks", blocks);
        ctx.save_data("heads", heads);
        ctx.save_data("probability", probability);
        ctx.save_data("longest", longest);
        ctx.save_data("firstOnly", firstOnly);
        return result;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        var blocks = (IReadOnlyList<AttentionBlock>)ctx.get_data("blocks");
        (int heads, float probability) = ((int)ctx.get_data("heads"), (float)ctx.get_data("probability"));
        bool firstOnly = (bool)ctx.get_data("firstOnly");
        Tensor qkv = saved[0], result = empty_like(qkv), upstream = grad_output.contiguous();
        (List<PlacedBlock> few, List<PlacedBlock> many) = Split(qkv, blocks, heads, (int)ctx.get_data("longest"));
        if (few.Count > 0)
            ShortAttention.Backward(qkv, upstream, result, few, heads, probability, firstOnly);
        for (int i = 0; i < many.Count; i++)
        {
            using DisposeScope blockScope = NewDisposeScope();
            AttentionBlock block = many[i].Block;
            Tensor weights = saved[i + 1];                                                            // (rows * heads, queries, length)
            Tensor query = Query(qkv, block, heads, firstOnly), key = Part(qkv, block, heads, 1), value = Part(qkv, block, heads, 2);
            Tensor output = Heads(Results(upstream, many[i], heads, firstOnly));
            Tensor scores = output.bmm(value.transpose(1, 2));
            double scale = 1 / Math.Sqrt(query.shape[2]);
            Tensor dropped = AttentionSoftmax.Backward(scores, weights, (float)scale, Keys(block, firstOnly), probability);
            Put(dropped.transpose(1, 2).bmm(output), 2);
            Put(scores.bmm(key), 0);
            Put(scores.transpose(1, 2).bmm(query), 1);

            void Put(Tensor gradient, int part)
            {
                Tensor place = Tokens(result, block, heads).select(2, part);                          // (rows, length, heads, d)
                long tokens = gradient.shape[1];
                place.narrow(1, 0, tokens).copy_(gradient.view(block.Rows, heads, tokens, -1).transpose(1, 2));
                place.narrow(1, tokens, block.Length - tokens).zero_();
            }
        }

        result.DetachFromDisposeScope();
        grad_output.Dispose();
        return HandedOver.Return(result, null, null, null, null, null);
    }

    /// <summary>Forward; adds the probabilities of each block of long rows to <paramref name="saved"/>.</summary>
    private static Tensor Compute(
        Tensor qkv, IReadOnlyList<AttentionBlock> blocks, int heads, float probability, int longest, bool firstOnly, List<Tensor>? saved)
    {
        using DisposeScope scope = NewDisposeScope();
        long width = qkv.shape[1] / 3;
        Tensor result = empty(firstOnly ? blocks.Sum(block => block.Rows) : qkv.shape[0], width, qkv.dtype);
        (List<PlacedBlock> few, List<PlacedBlock> many) = Split(qkv, blocks, heads, longest);
        if (few.Count > 0)
            ShortAttention.Forward(qkv, result, few, heads, probability, firstOnly);
        foreach (PlacedBlock placed in many)
        {
            using DisposeScope blockScope = NewDisposeScope();
            AttentionBlock block = placed.Block;
            Tensor query = Query(qkv, block, heads, firstOnly), key = Part(qkv, block, heads, 1), value = Part(qkv, block, heads, 2);
            Tensor weights = query.bmm(key.transpose(1, 2));                                          // (rows * heads, queries, length)
            float scale = (float)(1 / Math.Sqrt(query.shape[2]));
            Tensor dropped = AttentionSoftmax.Forward(weights, scale, Keys(block, firstOnly), probability);
            Results(result, placed, heads, firstOnly).copy_(dropped.bmm(value).view(block.Rows, heads, weights.shape[1], -1).transpose(1, 2));
            saved?.Add(weights.MoveToOuterDisposeScope().MoveToOuterDisposeScope());
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The blocks with few tokens a row, and the others.</summary>
    private static (List<PlacedBlock> Few, List<PlacedBlock> Many) Split(Tensor qkv, IReadOnlyList<AttentionBlock> blocks, int heads, int longest)
    {
        bool fits = ShortAttention.Fits((int)(qkv.shape[1] / 3 / heads));
        List<PlacedBlock> few = [], many = [];
        int row = 0;
        foreach (AttentionBlock block in blocks)
        {
            (fits && block.Length <= longest ? few : many).Add(new PlacedBlock(block, row));
            row += block.Rows;
        }

        return (few, many);
    }

    /// <summary>(rows, queries, heads, d) of forward's result or its gradient, a view.</summary>
    private static Tensor Results(Tensor results, PlacedBlock placed, int heads, bool firstOnly)
    {
        (AttentionBlock block, int firstRow) = placed;
        int queries = firstOnly ? 1 : block.Length;
        return results.narrow(0, firstOnly ? firstRow : block.FirstToken, block.Rows * queries).view(block.Rows, queries, heads, -1);
    }

    /// <summary>The keys of the queries that ask.</summary>
    private static ulong[]? Keys(AttentionBlock block, bool firstOnly) =>
        firstOnly && block.Keys is { } keys ? AttentionBlock.FirstKeys(keys, block.Length) : block.Keys;

    /// <summary>The queries that ask, as (rows * heads, queries, d), contiguous.</summary>
    private static Tensor Query(Tensor qkv, AttentionBlock block, int heads, bool firstOnly) =>
        Heads(Tokens(qkv, block, heads).select(2, 0).narrow(1, 0, firstOnly ? 1 : block.Length));

    /// <summary>(rows, length, 3, heads, d), a view.</summary>
    private static Tensor Tokens(Tensor qkv, AttentionBlock block, int heads) =>
        qkv.narrow(0, block.FirstToken, block.Rows * block.Length).view(block.Rows, block.Length, 3, heads, -1);

    /// <summary>Key (1) or value (2) as (rows * heads, length, d), contiguous.</summary>
    private static Tensor Part(Tensor qkv, AttentionBlock block, int heads, int part) => Heads(Tokens(qkv, block, heads).select(2, part));

    /// <summary>(rows, length, heads, d) to (rows * heads, length, d), contiguous.</summary>
    private static Tensor Heads(Tensor tokens)
    {
        long[] shape = tokens.shape;
        return tokens.transpose(1, 2).reshape(shape[0] * shape[2], shape[1], shape[3]).contiguous();
    }
}
