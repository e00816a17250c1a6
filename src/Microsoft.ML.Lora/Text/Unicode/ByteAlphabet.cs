using System.Text;
using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>GPT-2's visible characters for the 256 bytes: printable Latin-1 stands for itself, the others follow from U+0100 on.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] s_chars = MakeChars();
    private static readonly short[] s_bytes = MakeBytes();

    /// <summary>The character for a blank.</summary>
    public const char Blank = '\u0120';

    /// <summary>The byte of a character, or -1.</summary>
    public static int ByteOf(char c) => c < s_bytes.Length ? s_bytes[c] : -1;

    /// <summary>Writes the bytes of a piece's UTF-8 form as characters; each comes from the place of its code point.</summary>
    public static void Append(TextPiece source, TextBuffer destination)
    {
        bool tracks = destination.Tracks;
        ReadOnlySpan<char> text = source.Chars;
        Span<byte> bytes = stackalloc byte[4];
        for (int i = 0; i < text.Length;)
        {
            int start = tracks ? source.Starts[i] : 0;
            int end = tracks ? source.Ends[i] : 0;
            if (text[i] < 0x80)
            {
                destination.Append(s_chars[text[i++]], start, end);
                continue;
            }

            int count = new Rune(CodePoint.At(text, i, out int length)).EncodeToUtf8(bytes);
            foreach (byte b in bytes[..count])
                destination.Append(s_chars[b], start, end);
            i += length;
        }
    }

    private static char[] MakeChars()
    {
        char[] chars = new char[256];
        int next = 256;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            chars[b] = printable ? (char)b : (char)next++;
        }

        return chars;
    }

    private static short[] MakeBytes()
    {
        short[] bytes = new short[512];
        Array.Fill(bytes, (short)-1);
        for (int b = 0; b < 256; b++)
            bytes[s_chars[b]] = (short)b;
        return bytes;
    }
}
