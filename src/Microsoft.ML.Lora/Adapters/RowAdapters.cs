using Microsoft.ML.Lora.Models;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>
/// The adapters of a batch whose rows have an adapter each, or none: the base's product is computed for all rows at once, and each adapter adds its
/// update to its own rows. One per forward; the adapters are not owned.
/// </summary>
internal sealed class RowAdapters : ISlotAdapters
{
    private readonly List<Run> _runs = [];
    private readonly HashSet<ServedAdapter> _adapters = [];

    /// <param name="batch">The rows.</param>
    /// <param name="adapterOfRow">The adapter of each row in the order that the rows were given in; null for the bare base.</param>
    public RowAdapters(PackedBatch batch, IReadOnlyList<ServedAdapter?> adapterOfRow)
    {
        for (int row = 0; row < batch.RowCount; row++)
        {
            ServedAdapter? adapter = adapterOfRow[batch.Order[row]];
            int firstToken = batch.RowStarts[row];
            int tokens = (row + 1 < batch.RowCount ? batch.RowStarts[row + 1] : batch.TokenCount) - firstToken;
            if (_runs.Count > 0 && ReferenceEquals(_runs[^1].Adapter, adapter))
                _runs[^1] = _runs[^1] with { Rows = _runs[^1].Rows + 1, Tokens = _runs[^1].Tokens + tokens };
            else
                _runs.Add(new Run(adapter, row, 1, firstToken, tokens));
            if (adapter is not null)
                _adapters.Add(adapter);
        }
    }

    /// <inheritdoc/>
    public bool Covers(LinearSlot slot) => _adapters.Any(adapter => adapter.Covers(slot));

    /// <inheritdoc/>
    public Tensor Forward(LinearSlot slot, Tensor x, ForwardContext context)
    {
        Tensor y = slot.BaseForward(x, context);
        bool perToken = x.shape[0] == context.Batch.TokenCount; // else one vector per row: the pooler, or the last layer for it
        foreach (Run run in _runs)
        {
            if (run.Adapter is null || !run.Adapter.Covers(slot))
                continue;
            (int first, int count) = perToken ? (run.FirstToken, run.Tokens) : (run.FirstRow, run.Rows);
            using TorchSharp.DisposeScope scope = NewDisposeScope();
            run.Adapter.AddTo(slot, x.narrow(0, first, count), y.narrow(0, first, count));
        }

        return y;
    }

    /// <summary>Consecutive rows of the packed batch with one adapter.</summary>
    private readonly record struct Run(ServedAdapter? Adapter, int FirstRow, int Rows, int FirstToken, int Tokens);
}
