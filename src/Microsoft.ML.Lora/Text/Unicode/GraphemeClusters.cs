namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>Extended grapheme clusters (UAX #29), found from the left.</summary>
internal static class GraphemeClusters
{
    private const int CategoryMask = 15;
    private const int ConjunctExtend = 16;
    private const int ConjunctLinker = 32;

    /// <summary>Categories in the order of the generated tables.</summary>
    private enum Category
    {
        Any, CR, Control, Extend, Pictographic, Consonant, L, LF, LV, LVT, Prepend, RegionalIndicator, SpacingMark, T, V, ZWJ,
    }

    /// <summary>Where the cluster that begins at an index ends.</summary>
    public static int End(ReadOnlySpan<char> text, int start)
    {
        int c = CodePoint.At(text, start, out int length);
        int at = start + length;
        if (c < 0x7F && (at >= text.Length || (text[at] < 0x7F && c != '\r')))
            return at;
        int value = Value(c);
        var before = (Category)(value & CategoryMask);
        bool isPictograph = before == Category.Pictographic;
        bool isConsonant = before == Category.Consonant;
        bool hasLinker = false;
        int regional = before == Category.RegionalIndicator ? 1 : 0;
        while (at < text.Length)
        {
            int nextValue = Value(CodePoint.At(text, at, out length));
            var after = (Category)(nextValue & CategoryMask);
            if (IsBreak(before, after, isPictograph, isConsonant && hasLinker, regional))
                return at;
            if (after == Category.Consonant)
                (isConsonant, hasLinker) = (true, false);
            else if ((nextValue & ConjunctLinker) != 0)
                hasLinker = true;
            else if ((nextValue & ConjunctExtend) == 0)
                isConsonant = false;
            regional = after == Category.RegionalIndicator ? regional + 1 : 0;

            // A pictograph, any number of extenders, one joiner; then another pictograph goes on.
            isPictograph = after == Category.Pictographic
                || (isPictograph && before != Category.ZWJ && (after == Category.Extend || after == Category.ZWJ));
            before = after;
            at += length;
        }

        return at;
    }

    private static bool IsBreak(Category before, Category after, bool isPictograph, bool isConjunct, int regional) => (before, after) switch
    {
        (Category.CR, Category.LF) => false,
        (Category.Control or Category.CR or Category.LF, _) => true,
        (_, Category.Control or Category.CR or Category.LF) => true,
        (Category.L, Category.L or Category.V or Category.LV or Category.LVT) => false,
        (Category.LV or Category.V, Category.V or Category.T) => false,
        (Category.LVT or Category.T, Category.T) => false,
        (_, Category.Extend or Category.ZWJ or Category.SpacingMark) => false,
        (Category.Prepend, _) => false,
        (_, Category.Consonant) => !isConjunct,
        (Category.ZWJ, Category.Pictographic) => !isPictograph,
        (Category.RegionalIndicator, Category.RegionalIndicator) => regional % 2 == 0,
        _ => true,
    };

    private static int Value(int c) => c is >= 0x20 and < 0x7F ? 0
        : c < 0x20 ? (int)(c == '\r' ? Category.CR : c == '\n' ? Category.LF : Category.Control)
        : UnicodeTables.Instance.GraphemeCategories[c];
}
