using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Benchmarks.Training;

/// <summary>A batch of rows with made-up tokens.</summary>
internal sealed record BatchShape(string Key, string Name, IReadOnlyList<int> Lengths)
{
    private const ulong Seed = 17;
    private const int Rows = 16;

    public long Tokens => Lengths.Sum(l => (long)l);

    public int Longest => Lengths.Max();

    /// <summary>The batches that are measured: without padding, long and short, and as real messages come.</summary>
    public static IReadOnlyList<BatchShape> All =>
    [
        new("long", "16 x 128", [.. Enumerable.Repeat(128, Rows)]),
        new("short", "16 x 32", [.. Enumerable.Repeat(32, Rows)]),
        new("real", "real lengths", LognormalLengths()),
    ];

    /// <summary>The rows as the product takes them, and labels.</summary>
    public (IReadOnlyList<TokenizedRow> Rows, int[] Labels) Create(ModelShape model)
    {
        var rows = new TokenizedRow[Lengths.Count];
        int[] labels = new int[Lengths.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            ulong key = CounterRandom.Key(Seed, 1, (ulong)i);
            int[] ids = new int[Lengths[i]];
            for (int j = 0; j < ids.Length; j++)
                ids[j] = 1000 + (int)(CounterRandom.Uniform(key, (uint)j) * (model.Vocabulary - 1000));
            rows[i] = new TokenizedRow(ids, null, i);
            labels[i] = i % ModelShape.Classes;
        }

        return (rows, labels);
    }

    /// <summary>Lognormal, median 20, sigma 0.7, at most 128; redrawn until the mean is that of the recorded runs, 25.4, within a tenth.</summary>
    private static int[] LognormalLengths()
    {
        for (ulong attempt = 0; ; attempt++)
        {
            float[] normal = new float[Rows];
            CounterRandom.FillNormal(CounterRandom.Key(Seed, 2, attempt), 0.7f, normal);
            int[] lengths = [.. normal.Select(z => Math.Clamp((int)Math.Round(20 * Math.Exp(z)), 4, 128))];
            if (Math.Abs(lengths.Average() - 25.4) < 2.5)
                return lengths;
        }
    }
}
