using System.Text.Unicode;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.TokenModels;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>
/// sentencepiece's own normalizer: the longest text that the character map has is replaced, blanks become a visible character, extra
/// blanks go, and one is put in front (or behind).
/// </summary>
/// <param name="map">The character map; null = none.</param>
/// <param name="addDummyPrefix">Whether a blank is put in front of the text.</param>
/// <param name="removeExtraWhiteSpace">Whether blanks at the ends and repeated ones go.</param>
/// <param name="escape">Whether blanks become U+2581.</param>
/// <param name="isSuffix">Whether the blank is put behind the text instead.</param>
/// <param name="kept">Texts that the map does not change; null = none.</param>
internal sealed class SentencePieceNormalizer(CharacterMap? map, bool addDummyPrefix, bool removeExtraWhiteSpace, bool escape, bool isSuffix, PieceTrie? kept = null)
    : TextNormalizer
{
    private const int LongestMatch = 128;

    private readonly char _space = escape ? '\u2581' : ' ';

    public override void Normalize(TextPiece source, TextBuffer destination)
    {
        ReadOnlySpan<char> text = source.Chars;
        Span<byte> bytes = stackalloc byte[LongestMatch];
        int at = 0;
        while (removeExtraWhiteSpace && at < text.Length)
        {
            int length = Next(text, at, bytes, out int single, out int[]? mapped);
            if (!(mapped is null ? single == ' ' : mapped is [' ']))
                break;
            at += length;
        }

        if (at == text.Length)
            return;
        if (addDummyPrefix && !isSuffix)
            Append(_space, source, at, at + 1, destination);
        bool afterSpace = removeExtraWhiteSpace;
        Span<int> itself = stackalloc int[1];
        while (at < text.Length)
        {
            int length = Next(text, at, bytes, out int single, out int[]? mapped);
            itself[0] = single;
            ReadOnlySpan<int> points = mapped is null ? itself : mapped;
            while (afterSpace && points is [' ', ..])
                points = points[1..];
            foreach (int c in points)
                Append(c == ' ' ? _space : c, source, at, at + length, destination);
            if (!points.IsEmpty)
                afterSpace = points[^1] == ' ';
            at += length;
            if (!removeExtraWhiteSpace)
                afterSpace = false;
        }

        if (removeExtraWhiteSpace)
        {
            int end = destination.Length;
            while (end > 0 && destination.Piece.Chars[end - 1] == _space)
                end--;
            destination.Truncate(end);
        }

        if (addDummyPrefix && isSuffix)
            Append(_space, source, text.Length - 1, text.Length, destination);
    }

    private static void Append(int c, TextPiece source, int start, int end, TextBuffer destination)
    {
        if (destination.Tracks)
            destination.AppendCodePoint(c, source.Starts[start], source.Ends[end - 1]);
        else
            destination.AppendCodePoint(c, 0, 0);
    }

    /// <summary>How much is replaced at an index, and by what: a single code point as it is, or what the map says.</summary>
    private int Next(ReadOnlySpan<char> text, int at, Span<byte> bytes, out int single, out int[]? mapped)
    {
        single = CodePoint.At(text, at, out int length);
        mapped = null;
        if (kept is not null && kept.Longest(text, at, out int end) >= 0)
        {
            mapped = [.. text[at..end].ToString().EnumerateRunes().Select(rune => rune.Value)];
            return end - at;
        }

        if (map is null)
            return length;
        ReadOnlySpan<char> rest = text[at..Math.Min(text.Length, at + (LongestMatch / 4))];
        Utf8.FromUtf16(rest, bytes, out _, out int count, replaceInvalidSequences: false);
        mapped = map.FindLongest(bytes[..count], out int matched);
        if (mapped is null)
            return length;
        int units = 0;
        for (int done = 0; done < matched;)
        {
            done += CodePoint.Utf8Length(CodePoint.At(text, at + units, out int unit));
            units += unit;
        }

        return units;
    }
}
