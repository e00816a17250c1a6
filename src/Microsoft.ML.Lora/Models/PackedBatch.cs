using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>
/// Rows of different lengths without padding: sorted by length (stable), all tokens behind one another. Linear layers and norms run over
/// the N tokens at once; attention runs per group of rows of one length.
/// </summary>
internal sealed class PackedBatch : IDisposable
{
    private PackedBatch(int[] order, long[] exampleIds, int[] rowStarts, IReadOnlyList<LengthGroup> groups, Device device)
    {
        Order = order;
        ExampleIds = exampleIds;
        RowStarts = rowStarts;
        Groups = groups;
        Device = device;
    }

    /// <summary>How many rows.</summary>
    public int RowCount => Order.Length;

    /// <summary>How many tokens all rows have together: N.</summary>
    public int TokenCount { get; private init; }

    /// <summary>The runs of rows of one length, shortest first.</summary>
    public IReadOnlyList<LengthGroup> Groups { get; }

    /// <summary><c>Order[packedRow]</c> = the row's index in the caller's list.</summary>
    public int[] Order { get; }

    /// <summary>The example of each row, in packed order.</summary>
    public long[] ExampleIds { get; }

    /// <summary>The first token of each row, in packed order.</summary>
    public int[] RowStarts { get; }

    /// <summary>Where the tensors live.</summary>
    public Device Device { get; }

    /// <summary>Token ids, (N) int64.</summary>
    public Tensor InputIds { get; private init; } = null!;

    /// <summary>The largest token id and the largest segment. A table is looked up by both, and a native index error would tell nothing, or end the process.</summary>
    public (int Id, int TypeId) Largest { get; private init; }

    /// <summary>Segments, (N) int64.</summary>
    public Tensor TypeIds { get; private init; } = null!;

    /// <summary>Positions within the row from 0, or those the rows brought along, (N) int64.</summary>
    public Tensor Positions { get; private init; } = null!;

    /// <summary>The index of each row's first token, (rows) int64.</summary>
    public Tensor FirstTokens { get; private init; } = null!;

    /// <summary>Packs rows.</summary>
    /// <param name="rows">One row or more, each with at least one token.</param>
    /// <param name="device">Where the tensors go; null: the CPU.</param>
    /// <exception cref="ArgumentException">No row, a row without tokens, or type ids of another length than the ids.</exception>
    public static PackedBatch Create(IReadOnlyList<TokenizedRow> rows, Device? device = null)
    {
        if (rows.Count == 0)
            throw new ArgumentException("A batch needs at least one row.", nameof(rows));
        device ??= CPU;
        int[] order = new int[rows.Count];
        int[] lengths = new int[rows.Count];
        int total = 0;
        for (int i = 0; i < order.Length; i++)
        {
            TokenizedRow row = rows[i];
            if (row.Ids.Length == 0 || (row.TypeIds ?? []).Length is var types && types != 0 && types != row.Ids.Length)
                throw new ArgumentException($"Row {i} has {row.Ids.Length} tokens and {row.TypeIds?.Length ?? 0} type ids.", nameof(rows));
            order[i] = i;
            lengths[i] = row.Ids.Length;
            total = checked(total + row.Ids.Length);
        }

        // The index breaks ties, so the order is stable.
        Array.Sort(order, (a, b) => lengths[a] != lengths[b] ? lengths[a].CompareTo(lengths[b]) : a.CompareTo(b));
        long[] ids = new long[total], typeIds = new long[total], positions = new long[total];
        long[] exampleIds = new long[order.Length], firstTokens = new long[order.Length];
        int[] starts = new int[order.Length];
        List<LengthGroup> groups = [];
        (int Id, int TypeId) largest = (0, 0);
        int at = 0;
        for (int i = 0; i < order.Length; i++)
        {
            TokenizedRow row = rows[order[i]];
            int length = row.Ids.Length;
            starts[i] = at;
            firstTokens[i] = at;
            exampleIds[i] = row.ExampleId;
            if (groups.Count > 0 && groups[^1].Length == length)
                groups[^1] = groups[^1] with { RowCount = groups[^1].RowCount + 1 };
            else
                groups.Add(new LengthGroup(i, 1, length, at));
            for (int j = 0; j < length; j++, at++)
            {
                ids[at] = row.Ids[j];
                typeIds[at] = row.TypeIds is null ? 0 : row.TypeIds[j];
                largest = (Math.Max(largest.Id, row.Ids[j]), Math.Max(largest.TypeId, (int)typeIds[at]));
                positions[at] = row.Positions is null ? j : row.Positions[j];
            }
        }

        return new PackedBatch(order, exampleIds, starts, groups, device)
        {
            TokenCount = total,
            Largest = largest,
            InputIds = Own(ids, device),
            TypeIds = Own(typeIds, device),
            Positions = Own(positions, device),
            FirstTokens = Own(firstTokens, device),
        };
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        InputIds.Dispose();
        TypeIds.Dispose();
        Positions.Dispose();
        FirstTokens.Dispose();
    }

    private static Tensor Own(long[] values, Device device) => tensor(values, ScalarType.Int64, device).DetachFromDisposeScope();
}
