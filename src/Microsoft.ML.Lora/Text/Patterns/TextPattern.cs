namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>Something that is looked for in text. Immutable; used by many threads at once.</summary>
internal abstract class TextPattern
{
    private const long StepsPerText = 1_000_000;
    private const long StepsPerCharacter = 2_000;

    /// <summary>How many steps all searches in a text may take together, so that no pattern and no text can make them run without end.</summary>
    public static long Budget(ReadOnlySpan<char> text) => StepsPerText + (StepsPerCharacter * text.Length);

    /// <summary>The leftmost match that begins at or after an index. What stands before the index is seen by look-behind only.</summary>
    /// <exception cref="InvalidOperationException">The pattern takes too many steps on this text.</exception>
    public abstract bool TryFind(ReadOnlySpan<char> text, int from, ref long budget, out int start, out int end);

    /// <summary>
    /// The next of all matches, as Oniguruma's iteration gives them: an empty match right after the last match does not count. Nothing is found in an empty text,
    /// where Hugging Face's library does not look.
    /// </summary>
    public bool TryNext(ReadOnlySpan<char> text, ref int from, ref int lastEnd, ref long budget, out int start, out int end)
    {
        while (from <= text.Length && text.Length > 0 && TryFind(text, from, ref budget, out start, out end))
        {
            if (end > start || end != lastEnd)
            {
                from = lastEnd = end;
                return true;
            }

            from += from < text.Length && char.IsHighSurrogate(text[from]) ? 2 : 1;
        }

        start = end = -1;
        return false;
    }
}
