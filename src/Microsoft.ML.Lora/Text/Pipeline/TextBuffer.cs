using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Pipeline;

/// <summary>A growing text with the original range of each UTF-16 unit; reused from call to call.</summary>
internal sealed class TextBuffer
{
    /// <summary>A chain of replacements in a hostile file can make a text grow without end.</summary>
    private const int LongestText = 1 << 28;

    private char[] _chars = new char[256];
    private int[] _starts = [];
    private int[] _ends = [];

    public int Length { get; private set; }

    /// <summary>Whether original ranges are kept.</summary>
    public bool Tracks { get; private set; }

    /// <summary>See <see cref="TextPiece.Origin"/>; for a buffer that holds one piece.</summary>
    public int Origin { get; private set; }

    /// <summary>The whole text as one piece.</summary>
    public TextPiece Piece => Slice(0, Length, Origin);

    /// <summary>Forgets the text; the memory of an unusually long one is given back.</summary>
    public void Clear(bool tracks, int origin = 0)
    {
        const int Keep = 1 << 20;
        if (_chars.Length > Keep)
        {
            _chars = new char[256];
            _starts = [];
            _ends = [];
        }

        Length = 0;
        Tracks = tracks;
        Origin = origin;
        if (tracks && _starts.Length < _chars.Length)
        {
            _starts = new int[_chars.Length];
            _ends = new int[_chars.Length];
        }
    }

    public TextPiece Slice(int start, int length, int origin) => Tracks
        ? new TextPiece(_chars.AsSpan(start, length), _starts.AsSpan(start, length), _ends.AsSpan(start, length), origin)
        : new TextPiece(_chars.AsSpan(start, length), default, default, origin);

    /// <summary>Adds a UTF-16 unit.</summary>
    public void Append(char c, int start, int end)
    {
        if (Length == _chars.Length)
            Grow(1);
        _chars[Length] = c;
        if (Tracks)
        {
            _starts[Length] = start;
            _ends[Length] = end;
        }

        Length++;
    }

    /// <summary>Adds a code point, all of whose units get one range.</summary>
    public void AppendCodePoint(int codePoint, int start, int end)
    {
        if (codePoint < 0x10000)
        {
            Append((char)codePoint, start, end);
            return;
        }

        Append((char)(0xD7C0 + (codePoint >> 10)), start, end);
        Append((char)(0xDC00 + (codePoint & 0x3FF)), start, end);
    }

    /// <summary>Copies a piece with its ranges.</summary>
    public void Append(TextPiece piece)
    {
        Grow(piece.Length);
        piece.Chars.CopyTo(_chars.AsSpan(Length));
        if (Tracks)
        {
            piece.Starts.CopyTo(_starts.AsSpan(Length));
            piece.Ends.CopyTo(_ends.AsSpan(Length));
        }

        Length += piece.Length;
    }

    /// <summary>Takes an original text: every character comes from itself, a lone surrogate becomes U+FFFD.</summary>
    public void AppendOriginal(ReadOnlySpan<char> text)
    {
        Grow(text.Length);
        text.CopyTo(_chars.AsSpan(Length));
        for (int i = text.IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            CodePoint.At(text, i, out int length);
            if (length == 1)
                _chars[Length + i] = '\uFFFD';
            else
                i++;
        }

        if (Tracks)
        {
            for (int i = 0; i < text.Length;)
            {
                int length = char.IsHighSurrogate(_chars[Length + i]) ? 2 : 1;
                _starts.AsSpan(Length + i, length).Fill(i);
                _ends.AsSpan(Length + i, length).Fill(i + length);
                i += length;
            }
        }

        Length += text.Length;
    }

    /// <summary>Drops the text from an index on.</summary>
    public void Truncate(int length) => Length = length;

    private void Grow(int more)
    {
        if (Length + more <= _chars.Length)
            return;
        if (Length + (long)more > LongestText)
            throw new InvalidOperationException($"The tokenizer's normalizer makes more than {LongestText} characters of this text.");
        int size = (int)Math.Min(LongestText, Math.Max(Length + (long)more, 2L * _chars.Length));
        Array.Resize(ref _chars, size);
        if (Tracks)
        {
            Array.Resize(ref _starts, size);
            Array.Resize(ref _ends, size);
        }
    }
}
