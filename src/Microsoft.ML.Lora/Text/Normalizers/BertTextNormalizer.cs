using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>
/// BERT's normalizer: drops control characters and makes white space blanks, puts blanks around ideographs, strips accents
/// (canonical decomposition without non-spacing marks), and lower-cases, in this order.
/// </summary>
internal sealed class BertTextNormalizer(bool cleanText, bool handleChineseChars, bool? stripAccents, bool lowercase) : TextNormalizer
{
    private const char Dropped = '\uFFFF';

    [ThreadStatic]
    private static (TextBuffer Cleaned, TextBuffer Decomposed)? t_stages;

    private readonly bool _strip = stripAccents ?? lowercase;
    private readonly char[] _ascii = AsciiTable(cleanText, lowercase);

    public override void Normalize(TextPiece source, TextBuffer destination)
    {
        if (_strip && NeedsReordering(source.Chars))
        {
            NormalizeInStages(source, destination);
            return;
        }

        Span<int> hangul = stackalloc int[3];
        ReadOnlySpan<char> text = source.Chars;
        bool tracks = destination.Tracks;
        for (int i = 0; i < text.Length;)
        {
            int start = tracks ? source.Starts[i] : 0;
            int end = tracks ? source.Ends[i] : 0;
            char unit = text[i];
            if (unit < 0x80)
            {
                char mapped = _ascii[unit];
                if (mapped != Dropped)
                    destination.Append(mapped, start, end);
                i++;
                continue;
            }

            int c = CodePoint.At(text, i, out int length);
            i += length;
            if (!Clean(ref c))
                continue;
            bool chinese = handleChineseChars && CodePoint.IsChinese(c);
            if (chinese)
                destination.Append(' ', start, end);
            ReadOnlySpan<int> parts = _strip ? UnicodeNormalizer.CanonicalDecomposition(c, hangul) : default;
            if (parts.IsEmpty)
                Finish(c, start, end, destination);
            foreach (int part in parts)
                Finish(part, start, end, destination);
            if (chinese)
                destination.Append(' ', start, end);
        }
    }

    /// <summary>True where marks stand in the text, which decomposition may have to put in another order.</summary>
    private static bool NeedsReordering(ReadOnlySpan<char> text)
    {
        for (int i = text.IndexOfAnyExceptInRange('\0', '\u02FF'); i >= 0 && i < text.Length;)
        {
            int c = CodePoint.At(text, i, out int length);
            if (UnicodeNormalizer.MayMove(c))
                return true;
            i += length;
        }

        return false;
    }

    private void NormalizeInStages(TextPiece source, TextBuffer destination)
    {
        bool tracks = destination.Tracks;
        (TextBuffer cleaned, TextBuffer decomposed) = t_stages ??= (new TextBuffer(), new TextBuffer());
        cleaned.Clear(tracks, source.Origin);
        ReadOnlySpan<char> text = source.Chars;
        for (int i = 0; i < text.Length;)
        {
            int c = CodePoint.At(text, i, out int length);
            int start = tracks ? source.Starts[i] : 0;
            int end = tracks ? source.Ends[i] : 0;
            i += length;
            if (!Clean(ref c))
                continue;
            bool chinese = handleChineseChars && CodePoint.IsChinese(c);
            if (chinese)
                cleaned.Append(' ', start, end);
            cleaned.AppendCodePoint(c, start, end);
            if (chinese)
                cleaned.Append(' ', start, end);
        }

        decomposed.Clear(tracks, source.Origin);
        UnicodeNormalizer.Normalize(cleaned.Piece, decomposed, compatibility: false, compose: false);
        TextPiece piece = decomposed.Piece;
        for (int i = 0; i < piece.Length;)
        {
            int c = CodePoint.At(piece.Chars, i, out int length);
            Finish(c, tracks ? piece.Starts[i] : 0, tracks ? piece.Ends[i] : 0, destination);
            i += length;
        }
    }

    private bool Clean(ref int c)
    {
        if (!cleanText)
            return true;
        if (c is 0 or 0xFFFD || (c is not ('\t' or '\n' or '\r') && CodePoint.IsOther(c)))
            return false;
        if (CodePoint.IsWhiteSpace(c))
            c = ' ';
        return true;
    }

    private void Finish(int c, int start, int end, TextBuffer destination)
    {
        if (_strip && CodePoint.IsNonSpacingMark(c))
            return;
        if (lowercase)
            LowerCase.Append(c, start, end, destination);
        else
            destination.AppendCodePoint(c, start, end);
    }

    private static char[] AsciiTable(bool cleanText, bool lowercase)
    {
        char[] table = new char[0x80];
        for (int c = 0; c < table.Length; c++)
        {
            bool space = c is '\t' or '\n' or '\r' or ' ';
            bool control = !space && CodePoint.IsOther(c);
            table[c] = cleanText && control ? Dropped
                : cleanText && space ? ' '
                : lowercase && c is >= 'A' and <= 'Z' ? (char)(c | 0x20)
                : (char)c;
        }

        return table;
    }
}
