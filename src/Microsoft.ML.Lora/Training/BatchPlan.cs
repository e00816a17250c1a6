using Microsoft.ML.Lora.Kernels;

namespace Microsoft.ML.Lora.Training;

/// <summary>Which rows form the batches of an epoch: a function of seed and epoch only.</summary>
internal static class BatchPlan
{
    /// <summary>The batches of one epoch; each row is in exactly one (unless classes are sampled), and the last may be smaller.</summary>
    /// <param name="set">The rows.</param>
    /// <param name="options">Batch size, composition, sampling.</param>
    /// <param name="seed">The user's seed.</param>
    /// <param name="epoch">From 0.</param>
    public static IReadOnlyList<int[]> Epoch(TrainingSet set, TrainingOptions options, ulong seed, int epoch)
    {
        int[] order = options.BalanceSampling
            ? SampleClasses(set, CounterRandom.Key(seed, RandomStreams.Sampling, (ulong)epoch))
            : CounterRandom.Permutation(CounterRandom.Key(seed, RandomStreams.Shuffle, (ulong)epoch), set.Count);
        int size = Math.Min(options.BatchSize, order.Length);
        if (options.BatchComposition == BatchComposition.Random)
            return new EpochBatches(order, size, null);

        int batches = (int)(((long)order.Length + size - 1) / size);
        return new EpochBatches(
            SortByLength(set, order), size, CounterRandom.Permutation(CounterRandom.Key(seed, RandomStreams.BatchOrder, (ulong)epoch), batches));
    }

    /// <summary>Stable: rows of one length keep the random order. By counting, so that it takes no more memory than its result.</summary>
    private static int[] SortByLength(TrainingSet set, int[] order)
    {
        int[] next = new int[order.Max(set.Length) + 2];
        foreach (int row in order)
            next[set.Length(row) + 1]++;
        for (int length = 1; length < next.Length; length++)
            next[length] += next[length - 1];
        int[] sorted = new int[order.Length];
        foreach (int row in order)
            sorted[next[set.Length(row)]++] = row;
        return sorted;
    }

    /// <summary>As many rows as the set has, with replacement: first a class, then a row of it, each uniformly.</summary>
    private static int[] SampleClasses(TrainingSet set, ulong key)
    {
        long[] counts = set.CountByClass();
        int[] present = [.. Enumerable.Range(0, counts.Length).Where(c => counts[c] > 0)], starts = new int[counts.Length + 1];
        for (int c = 0; c < counts.Length; c++)
            starts[c + 1] = starts[c] + (int)counts[c];
        int[] byClass = new int[set.Count], next = [.. starts];
        for (int i = 0; i < byClass.Length; i++)
            byClass[next[set.Label(i)]++] = i;
        int[] order = new int[set.Count];
        for (int i = 0; i < order.Length; i++)
        {
            int c = present[(int)Math.BigMul(CounterRandom.UInt64(key, 2 * (uint)i), (ulong)present.Length, out _)];
            order[i] = byClass[starts[c] + (int)Math.BigMul(CounterRandom.UInt64(key, 2 * (uint)i + 1), (ulong)counts[c], out _)];
        }

        return order;
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
