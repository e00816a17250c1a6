using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>
/// GPT-2's words, matched by hand: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// Every position begins a match, so the pattern cuts the whole text.
/// </summary>
internal static class Gpt2Pattern
{
    private const byte Letter = 0;
    private const byte Number = 1;
    private const byte Space = 2;
    private const byte Other = 3;

    private static readonly byte[] s_ascii = AsciiKinds();

    /// <summary>Where the match that begins at an index ends.</summary>
    public static int End(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'')
        {
            int contraction = Contraction(text[(start + 1)..]);
            if (contraction > 0)
                return start + 1 + contraction;
        }

        int at = start;
        int kind = Kind(text, at, out int length);
        if (text[at] == ' ' && at + 1 < text.Length)
        {
            int next = Kind(text, at + 1, out int nextLength);
            if (next != Space)
            {
                kind = next;
                length = nextLength;
                at++;
            }
        }

        at += length;
        int last = at - length;
        while (at < text.Length && Kind(text, at, out length) == kind)
        {
            last = at;
            at += length;
        }

        // White space before a word leaves its last character to that word, unless it has only this one.
        return kind == Space && at < text.Length && last > start ? last : at;
    }

    private static int Contraction(ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty)
            return 0;
        char second = rest.Length > 1 ? rest[1] : '\0';
        return rest[0] switch
        {
            's' or 't' or 'm' or 'd' => 1,
            'r' or 'v' when second == 'e' => 2,
            'l' when second == 'l' => 2,
            _ => 0,
        };
    }

    private static int Kind(ReadOnlySpan<char> text, int index, out int length)
    {
        char c = text[index];
        if (c < 0x80)
        {
            length = 1;
            return s_ascii[c];
        }

        return KindOf(CodePoint.At(text, index, out length));
    }

    private static byte KindOf(int c) =>
        CodePoint.IsLetter(c) ? Letter : CodePoint.IsNumber(c) ? Number : CodePoint.IsRegexSpace(c) ? Space : Other;

    private static byte[] AsciiKinds()
    {
        byte[] kinds = new byte[0x80];
        for (int c = 0; c < kinds.Length; c++)
            kinds[c] = KindOf(c);
        return kinds;
    }
}
