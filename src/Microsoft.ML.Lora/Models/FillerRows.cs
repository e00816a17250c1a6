namespace Microsoft.ML.Lora.Models;

/// <summary>
/// Rows that nobody asked for, which bring a batch to scoring to one of a few sizes. libtorch's products on the CPU are prepared anew for each number of
/// tokens that they meet: it takes milliseconds, and oneDNN keeps a thousand of them only. A service that meets every size would prepare for ever, and
/// oneDNN 2.6 may crash when one thread drops a product that another looks up.
/// </summary>
internal static class FillerRows
{
    /// <summary>The rows to add; none where the size is right as it is.</summary>
    /// <param name="rows">The rows to score.</param>
    /// <param name="firstTokensOnly">Whether the number of rows is a size of products too, because the last layer computes first tokens only.</param>
    /// <param name="maxPositions">The longest row that the model takes.</param>
    public static IEnumerable<TokenizedRow> For(IReadOnlyList<TokenizedRow> rows, bool firstTokensOnly, int maxPositions)
    {
        int tokens = rows.Sum(row => row.Ids.Length);
        if (RoundUp(tokens) == tokens && (!firstTokensOnly || RoundUp(rows.Count) == rows.Count))
            return [];
        int count = firstTokensOnly ? RoundUp(rows.Count + 1) - rows.Count : 1;
        int fill = RoundUp(tokens + count) - tokens;
        count = Math.Max(count, (fill + maxPositions - 1) / maxPositions);
        return Enumerable.Range(0, count).Select(i => new TokenizedRow(new int[(fill + i) / count], null, ExampleId: -1));
    }

    /// <summary>The next of the sizes: all up to 32, and 1.5 to 12 % apart above.</summary>
    public static int RoundUp(int size)
    {
        int step = size <= 32 ? 1 : size <= 128 ? 8 : size <= 512 ? 16 : size <= 2048 ? 32 : 128;
        return (size + step - 1) / step * step;
    }
}
