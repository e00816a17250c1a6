using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Tests.Estimators;

/// <summary>A scorer without a model: the scores of a row are made of its length, and it notes what it was asked.</summary>
internal sealed class CountingScorer : IRowScorer
{
    public int ClassCount => 3;

    /// <summary>Rows of each call of <see cref="Score"/>.</summary>
    public List<int> Calls { get; } = [];

    public int Encoded { get; private set; }

    public static float[] ScoresOf(string text) => [text.Length % 7 / 10f, text.Length % 5 / 10f, text.Length % 3 / 10f];

    public TokenizedRow Encode(ReadOnlyMemory<char> sentence1, ReadOnlyMemory<char> sentence2, out bool truncated)
    {
        Encoded++;
        truncated = sentence1.Length > 60;
        return new TokenizedRow([.. sentence1.ToString().Select(c => (int)c), 0], null, 0);
    }

    public float[][] Score(IReadOnlyList<TokenizedRow> rows)
    {
        Calls.Add(rows.Count);
        return [.. rows.Select(row => ScoresOf(new string('x', row.Ids.Length - 1)))];
    }
}
