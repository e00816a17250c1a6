using System.Globalization;
using Microsoft.ML.Lora.Benchmarks.Measuring;
using Spectre.Console;

namespace Microsoft.ML.Lora.Benchmarks.Scoring;

/// <summary>
/// What batching brings by the length of the texts: a row alone costs a forward pass whatever its length, in a batch it costs its tokens. So the shorter the
/// texts, the more.
/// </summary>
internal static class LengthMeasurement
{
    private static readonly int[] s_words = [1, 2, 3, 4, 8, 16];

    /// <param name="texts">The texts; they are cut to so many words.</param>
    /// <param name="tokens">Tokens of a text.</param>
    /// <param name="transform">Scores all of them.</param>
    /// <param name="plain">Scores one row per forward pass, in plain TorchSharp.</param>
    /// <param name="plainRows">Rows that the slow loop scores.</param>
    /// <param name="rounds">Rounds; medians are reported.</param>
    public static void Run(string[] texts, Func<string, int> tokens, Action<string[]> transform, Action<string[]> plain, int plainRows, int rounds)
    {
        Table table = new Table().Title("One row per forward pass and Transform, by length");
        foreach (string column in (string[])["words at most", "tokens, mean", "plain TorchSharp, rows/s", "Transform, rows/s", "ratio"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (int words in s_words)
        {
            string[] cut = [.. texts.Select(text => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(words)))];
            string[] some = cut[..Math.Min(plainRows, cut.Length)];
            IReadOnlyDictionary<string, Samples> times = Interleaved.Run([("transform", () => transform(cut)), ("plain", () => plain(some))], warmups: 1, rounds);
            double batched = cut.Length / times["transform"].Median * 1000, single = some.Length / times["plain"].Median * 1000;
            table.AddRow(
                words.ToString(CultureInfo.InvariantCulture), FormattableString.Invariant($"{cut.Average(tokens):F1}"),
                single.ToString("N0", CultureInfo.InvariantCulture), batched.ToString("N0", CultureInfo.InvariantCulture), FormattableString.Invariant($"{batched / single:F1}"));
        }

        AnsiConsole.Write(table);
    }
}
