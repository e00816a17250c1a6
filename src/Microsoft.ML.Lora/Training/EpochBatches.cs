using System.Collections;

namespace Microsoft.ML.Lora.Training;

/// <summary>The batches of an epoch, cut from one array when they are asked for: four bytes a row, however many rows there are.</summary>
/// <param name="order">The rows.</param>
/// <param name="size">Rows of a batch; the last batch of <paramref name="order"/> may have fewer.</param>
/// <param name="sequence">Which batch comes when; null: in order.</param>
internal sealed class EpochBatches(int[] order, int size, int[]? sequence) : IReadOnlyList<int[]>
{
    public int Count { get; } = (int)(((long)order.Length + size - 1) / size);

    public int[] this[int index]
    {
        get
        {
            int start = checked((sequence is null ? index : sequence[index]) * size);
            return order[start..Math.Min(start + size, order.Length)];
        }
    }

    public IEnumerator<int[]> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
