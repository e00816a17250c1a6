using System.Runtime.InteropServices;
using Microsoft.ML.Lora.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>Rows of many adapters through one base in one packed forward, each row with its own adapter, pooling and head.</summary>
internal static class MixedForward
{
    /// <summary>The logits of each row, in the order of the rows; as many numbers as the row's adapter has classes.</summary>
    /// <param name="model">The base that all adapters are for.</param>
    /// <param name="rows">One or more.</param>
    /// <param name="cancellationToken">Checked between layers.</param>
    public static float[][] Logits(EncoderModel model, IReadOnlyList<AdaptedRow> rows, CancellationToken cancellationToken = default)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();

        // Rows of one adapter beside each other: packing sorts by length and keeps this order among rows of one length, so runs are long.
        var numbers = new Dictionary<ServedAdapter, int>(ReferenceEqualityComparer.Instance);
        foreach (AdaptedRow row in rows)
            numbers.TryAdd(row.Adapter, numbers.Count);
        int[] given = [.. Enumerable.Range(0, rows.Count).OrderBy(row => numbers[rows[row].Adapter])];
        AdaptedRow[] ordered = Array.ConvertAll(given, row => rows[row]);

        bool firstTokensOnly = Array.TrueForAll(ordered, row => row.Adapter.Pooling.FirstTokensOnly);
        using PackedBatch batch = PackedBatch.Create([.. ordered, .. FillerRows.For(ordered, firstTokensOnly, model.MaxPositions)], model.Device);
        var context = new ForwardContext
        {
            Batch = batch,
            ComputeType = model.ComputeType,
            Adapters = new RowAdapters(batch, [.. ordered.Select(row => row.Adapter), .. Enumerable.Repeat<ServedAdapter?>(null, batch.RowCount - ordered.Length)]),
            CancellationToken = cancellationToken,
        };
        Tensor hidden = model.Forward(context, firstTokensOnly);                                      // (N, hidden) or (rows, hidden)

        float[][] logits = new float[rows.Count][];
        foreach (IGrouping<IPooling, int> pooled in Enumerable.Range(0, batch.RowCount)
            .Where(row => batch.Order[row] < rows.Count).GroupBy(row => ordered[batch.Order[row]].Adapter.Pooling))
        {
            Tensor vectors = pooled.Key.Pool(hidden, context);                                        // (rows, hidden), packed order
            foreach (IGrouping<ServedAdapter, int> own in pooled.GroupBy(row => ordered[batch.Order[row]].Adapter))
            {
                using DisposeScope inner = NewDisposeScope();
                int[] packed = [.. own];
                Tensor mine = packed.Length == batch.RowCount ? vectors : vectors.index_select(0, tensor(Array.ConvertAll(packed, row => (long)row), ScalarType.Int64, model.Device));
                float[] values = MemoryMarshal.Cast<byte, float>(own.Key.Classify(mine).cpu().bytes).ToArray();
                for (int i = 0; i < packed.Length; i++)
                    logits[given[batch.Order[packed[i]]]] = values.AsSpan(i * own.Key.Classes, own.Key.Classes).ToArray();
            }
        }

        return logits;
    }
}
