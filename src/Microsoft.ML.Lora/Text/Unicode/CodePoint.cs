using System.Buffers;
using System.Text;

namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>What the tokenizers library says of a code point. Each property has the Unicode version of the part that asks for it.</summary>
internal static class CodePoint
{
    private const int CategoryMask = 31;
    private const int PunctuationBit = 1 << 5;
    private const int OtherBit = 1 << 6;
    private const int MarkBit = 1 << 7;
    private const int WhiteBit = 1 << 8;
    private const int NumericBit = 1 << 9;
    private const int WordBit = 1 << 10;
    private const int RegexWordBit = 1 << 11;
    private const int RegexSpaceBit = 1 << 12;
    private const int CombiningBit = 1 << 13;

    private static readonly CodePointTable s_properties = UnicodeTables.Instance.Properties;

    /// <summary>Punctuation as the BERT and Punctuation pre-tokenizers see it: ASCII symbols too.</summary>
    public static bool IsPunctuation(int c) =>
        c < 0x80 ? char.IsBetween((char)c, '!', '/') || char.IsBetween((char)c, ':', '@') || char.IsBetween((char)c, '[', '`') || char.IsBetween((char)c, '{', '~')
        : (s_properties[c] & PunctuationBit) != 0;

    /// <summary>Control, format and private-use code points, as BERT's clean-up sees them (tab and line breaks included).</summary>
    public static bool IsOther(int c) => (s_properties[c] & OtherBit) != 0;

    /// <summary>Non-spacing marks, as BERT's accent stripper sees them.</summary>
    public static bool IsNonSpacingMark(int c) => c >= 0x300 && (s_properties[c] & MarkBit) != 0;

    /// <summary>Marks of every kind, as the StripAccents normalizer sees them.</summary>
    public static bool IsCombiningMark(int c) => c >= 0x300 && (s_properties[c] & CombiningBit) != 0;

    /// <summary>White space of normalizers and pre-tokenizers.</summary>
    public static bool IsWhiteSpace(int c) => c < 0x80 ? c == ' ' || (uint)(c - 9) <= 4 : (s_properties[c] & WhiteBit) != 0;

    /// <summary>Numbers of every kind (decimal, letter, other), as the Digits pre-tokenizer sees them.</summary>
    public static bool IsNumeric(int c) => (s_properties[c] & NumericBit) != 0;

    /// <summary>Word characters of the Whitespace pre-tokenizer and of single-word added tokens.</summary>
    public static bool IsWord(int c) => (s_properties[c] & WordBit) != 0;

    /// <summary>Word characters of patterns written in a file.</summary>
    public static bool IsRegexWord(int c) => (s_properties[c] & RegexWordBit) != 0;

    /// <summary>What a pattern takes for a word where it says <c>\w</c> outside of brackets, or <c>\b</c>: Oniguruma then has Latin-1's superscripts and fractions too.</summary>
    public static bool IsBareRegexWord(int c) => IsRegexWord(c) || c is 0xB2 or 0xB3 or 0xB9 or (>= 0xBC and <= 0xBE);

    /// <summary>White space of patterns written in a file.</summary>
    public static bool IsRegexSpace(int c) => (s_properties[c] & RegexSpaceBit) != 0;

    /// <summary>General category for patterns written in a file.</summary>
    public static GeneralCategory Category(int c) => (GeneralCategory)(s_properties[c] & CategoryMask);

    /// <summary>Letters (L*) for patterns written in a file.</summary>
    public static bool IsLetter(int c) => (uint)((s_properties[c] & CategoryMask) - 1) <= 4;

    /// <summary>Marks (M*) for patterns written in a file.</summary>
    public static bool IsMark(int c) => (uint)((s_properties[c] & CategoryMask) - (int)GeneralCategory.Mn) <= 2;

    /// <summary>Numbers (N*) for patterns written in a file.</summary>
    public static bool IsNumber(int c) => (uint)((s_properties[c] & CategoryMask) - (int)GeneralCategory.Nd) <= 2;

    /// <summary>Ideographs that BERT puts spaces around.</summary>
    public static bool IsChinese(int c) => c >= 0x3400 && c is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    /// <summary>
    /// The code point that begins at an index of well-formed text, and its length in UTF-16 units.
    /// A lone surrogate counts as U+FFFD; callers replace those before anything else happens.
    /// </summary>
    public static int At(ReadOnlySpan<char> text, int index, out int length)
    {
        char c = text[index];
        length = 1;
        if (!char.IsSurrogate(c))
            return c;
        if (Rune.DecodeFromUtf16(text[index..], out Rune rune, out length) != OperationStatus.Done)
            length = 1;
        return rune.Value;
    }

    /// <summary>The code point that ends before an index.</summary>
    public static int Before(ReadOnlySpan<char> text, int index, out int length)
    {
        char c = text[index - 1];
        length = 1;
        if (!char.IsSurrogate(c))
            return c;
        if (Rune.DecodeLastFromUtf16(text[..index], out Rune rune, out length) != OperationStatus.Done)
            length = 1;
        return rune.Value;
    }

    /// <summary>How many code points a well-formed text has.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        int count = text.Length;
        foreach (char c in text)
        {
            if (char.IsLowSurrogate(c))
                count--;
        }

        return count;
    }

    /// <summary>Length of a code point in UTF-16 units.</summary>
    public static int Utf16Length(int c) => c < 0x10000 ? 1 : 2;

    /// <summary>Length of a code point in UTF-8 bytes.</summary>
    public static int Utf8Length(int c) => c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}
