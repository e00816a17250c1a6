using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.PreTokenizers;

/// <summary>BERT's pre-tokenizer: words between white space, every punctuation character by itself.</summary>
internal sealed class BertSplitter : TextPreTokenizer
{
    private const byte Word = 0;
    private const byte Space = 1;
    private const byte Punctuation = 2;

    private static readonly byte[] s_ascii = AsciiClasses();

    public override void Split(TextPiece source, PieceBuffer destination)
    {
        ReadOnlySpan<char> text = source.Chars;
        int start = 0;
        for (int i = 0; i < text.Length;)
        {
            int length = 1;
            byte kind;
            if (text[i] < 0x80)
            {
                kind = s_ascii[text[i]];
            }
            else
            {
                int c = CodePoint.At(text, i, out length);
                kind = CodePoint.IsWhiteSpace(c) ? Space : CodePoint.IsPunctuation(c) ? Punctuation : Word;
            }

            if (kind != Word)
            {
                destination.Add(source.Slice(start, i - start));
                if (kind == Punctuation)
                    destination.Add(source.Slice(i, length));
                start = i + length;
            }

            i += length;
        }

        destination.Add(source.Slice(start, text.Length - start));
    }

    private static byte[] AsciiClasses()
    {
        byte[] classes = new byte[0x80];
        for (int c = 0; c < classes.Length; c++)
            classes[c] = CodePoint.IsWhiteSpace(c) ? Space : CodePoint.IsPunctuation(c) ? Punctuation : Word;
        return classes;
    }
}
