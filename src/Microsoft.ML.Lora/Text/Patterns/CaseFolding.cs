using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>What a pattern matches without regard to case, as Oniguruma has it: <c>ss</c> is equal to <c>ß</c>, and both ways.</summary>
internal static class CaseFolding
{
    private const int LongestFold = 3;

    /// <summary>The characters that are the same as one, itself first.</summary>
    public static int[] Cases(int c)
    {
        int[] fold = CaseFolds.Fold(c);
        int[] sources = CaseFolds.Sources(fold);
        return [c, .. sources.Concat(fold.Length == 1 ? fold : []).Where(other => other != c)];
    }

    /// <summary>
    /// Letters of a pattern that stand side by side. From the left, three or two of them that are together the fold of one character match
    /// that, too; other letters match one by one.
    /// </summary>
    /// <param name="letters">The letters.</param>
    /// <param name="singly">Whether a letter matches single characters only, as in a look-behind.</param>
    public static IEnumerable<RegexNode> Expand(IReadOnlyList<int> letters, bool singly)
    {
        int[] folded = [.. letters.Select(c => CaseFolds.Fold(c) is [int one] ? one : c)];
        for (int i = 0; i < letters.Count;)
        {
            int length = singly ? 1 : Math.Min(LongestFold, letters.Count - i);
            int[] whole = [];
            for (; length > 1 && (whole = CaseFolds.Sources(folded.AsSpan(i, length))).Length == 0; length--)
            {
            }

            if (length > 1)
                yield return new RegexNode.Choice([Sequence(folded.AsSpan(i, length)), new RegexNode.One(CodePointSet.Of(whole))]);
            else if (!singly && CaseFolds.Fold(letters[i]) is { Length: > 1 } several)
                yield return new RegexNode.Choice([new RegexNode.One(CodePointSet.Of(Cases(letters[i]))), Sequence(several)]);
            else
                yield return new RegexNode.One(CodePointSet.Of(Cases(letters[i])));
            i += length;
        }
    }

    /// <summary>
    /// A class whose set has all cases of its members: it matches the several characters that a member folds to, too. Where these are members
    /// themselves, they match one after another anyway, and nothing is added.
    /// </summary>
    public static RegexNode Expand(CodePointSet set)
    {
        var options = new List<RegexNode> { new RegexNode.One(set) };
        foreach (int c in CaseFolds.Expanding)
        {
            int[] fold = CaseFolds.Fold(c);
            if (set.Contains(c) && !Array.TrueForAll(fold, set.Contains))
                options.Add(Sequence(fold));
        }

        return options.Count == 1 ? options[0] : new RegexNode.Choice(options);
    }

    private static RegexNode.Sequence Sequence(ReadOnlySpan<int> letters)
    {
        var parts = new RegexNode[letters.Length];
        for (int i = 0; i < parts.Length; i++)
            parts[i] = new RegexNode.One(CodePointSet.Of(Cases(letters[i])));
        return new RegexNode.Sequence(parts);
    }
}
