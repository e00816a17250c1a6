using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>
/// The arithmetic of LoRA (Hu et al. 2021, arXiv 2106.09685, section 4.1), all of it:
/// <code>y = W0 x + b + scaling * B(A(dropout(x)))        A (r, in), B (out, r), scaling = alpha / r</code>
/// Only the update is scaled; W0 and b are never changed and get no gradient. With B = 0 the update is exactly 0.
/// Several projections of one input (query, key, value) are one product: their A stand below one another and their B on a block diagonal.
/// </summary>
internal static class LoraMath
{
    /// <summary>alpha / r; with rank-stabilised scaling alpha / sqrt(r) (Kalajdzievski 2023, arXiv 2312.03732).</summary>
    public static double Scaling(double alpha, int rank, bool rankStabilised) => alpha / (rankStabilised ? Math.Sqrt(rank) : rank);

    /// <summary>y of the formula above.</summary>
    /// <param name="baseOutput">W0 x + b, (N, out).</param>
    /// <param name="dropped">dropout(x), (N, in).</param>
    /// <param name="stackedA">(R, in), R = sum of the ranks.</param>
    /// <param name="scaledB">scaling * B, (out, R).</param>
    /// <returns>(N, out).</returns>
    public static Tensor Forward(Tensor baseOutput, Tensor dropped, Tensor stackedA, Tensor scaledB)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor low = dropped.mm(stackedA.t());                                    // (N, in) (in, R) -> (N, R)
        return addmm(baseOutput, low, scaledB.t(), 1, 1).MoveToOuterDisposeScope(); // + (N, R) (R, out) -> (N, out)
    }

    /// <summary>W0 + scaling * B A, the addition in float32 and rounded once to the type of W0; a new tensor.</summary>
    /// <param name="weight">W0, (out, in).</param>
    /// <param name="a">(r, in), float32.</param>
    /// <param name="b">(out, r), float32.</param>
    /// <param name="scaling">alpha / r.</param>
    public static Tensor Merge(Tensor weight, Tensor a, Tensor b, double scaling)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor update = b.mm(a) * scaling;                                        // (out, r) (r, in) -> (out, in)
        return (weight.to(ScalarType.Float32) + update).to(weight.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>The A of several parts below one another, in the type of the computation: (sum of r, in).</summary>
    public static Tensor StackA(IReadOnlyList<AdaptedPart> parts, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor stacked = parts.Count == 1 ? parts[0].A : cat([.. parts.Select(p => p.A)], 0);
        return stacked.to(type).alias().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// scaling * B of several parts on a block diagonal, in the type of the computation: (out, sum of r). Rows of projections that have no
    /// adapter are zero.
    /// </summary>
    /// <param name="parts">In the order of their outputs.</param>
    /// <param name="outFeatures">Outputs of the whole slot.</param>
    /// <param name="type">The type of the computation.</param>
    public static Tensor BlockB(IReadOnlyList<AdaptedPart> parts, int outFeatures, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        int ranks = parts.Sum(p => p.Rank);
        Device device = parts[0].B.device;
        var rows = new List<Tensor>();
        int output = 0, column = 0;
        foreach (AdaptedPart part in parts)
        {
            if (part.FirstOutput > output)
                rows.Add(zeros(part.FirstOutput - output, ranks, ScalarType.Float32, device));
            var blocks = new List<Tensor>();
            if (column > 0)
                blocks.Add(zeros(part.OutFeatures, column, ScalarType.Float32, device));
            blocks.Add(part.B * part.Scaling);
            if (column + part.Rank < ranks)
                blocks.Add(zeros(part.OutFeatures, ranks - column - part.Rank, ScalarType.Float32, device));
            rows.Add(blocks.Count == 1 ? blocks[0] : cat(blocks, 1));
            output = part.FirstOutput + part.OutFeatures;
            column += part.Rank;
        }

        if (output < outFeatures)
            rows.Add(zeros(outFeatures - output, ranks, ScalarType.Float32, device));
        Tensor block = rows.Count == 1 ? rows[0] : cat(rows, 0);
        return block.to(type).alias().MoveToOuterDisposeScope();
    }
}
