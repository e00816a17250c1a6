using Microsoft.ML.Lora.Kernels;

namespace Microsoft.ML.Lora.Training;

/// <summary>Which rows form the batches of an epoch: a function of seed and epoch only.</summary>
internal static class BatchPlan
{
    /// <summary>The batches of one epoch; each row is in exactly one, and the last may be smaller.</summary>
    /// <param name="set">The rows.</param>
    /// <param name="batchSize">Rows a batch.</param>
    /// <param name="composition">Which rows go together.</param>
    /// <param name="seed">The user's seed.</param>
    /// <param name="epoch">From 0.</param>
    public static int[][] Epoch(TrainingSet set, int batchSize, BatchComposition composition, ulong seed, int epoch)
    {
        int[] order = CounterRandom.Permutation(CounterRandom.Key(seed, RandomStreams.Shuffle, (ulong)epoch), set.Count);
        if (composition == BatchComposition.Random)
            return [.. order.Chunk(batchSize)];

        int[] place = new int[order.Length]; // ties in length keep the random order
        for (int i = 0; i < order.Length; i++)
            place[order[i]] = i;
        Array.Sort(order, (a, b) => set.Length(a) != set.Length(b) ? set.Length(a).CompareTo(set.Length(b)) : place[a].CompareTo(place[b]));
        int[][] batches = [.. order.Chunk(batchSize)];
        int[] shuffled = CounterRandom.Permutation(CounterRandom.Key(seed, RandomStreams.BatchOrder, (ulong)epoch), batches.Length);
        return Array.ConvertAll(shuffled, i => batches[i]);
    }

    /// <summary>Cuts a batch into parts of at most so many tokens; a longer row is a part of its own.</summary>
    public static IEnumerable<ArraySegment<int>> Parts(TrainingSet set, int[] batch, int maxTokens)
    {
        int start = 0;
        long tokens = 0;
        for (int i = 0; i < batch.Length; i++)
        {
            int length = set.Length(batch[i]);
            if (i > start && tokens + length > maxTokens)
            {
                yield return new ArraySegment<int>(batch, start, i - start);
                start = i;
                tokens = 0;
            }

            tokens += length;
        }

        if (start < batch.Length)
            yield return new ArraySegment<int>(batch, start, batch.Length - start);
    }
}
