using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.PreTokenizers;

/// <summary>Whitespace: runs of word characters and runs of what is neither word nor white space (<c>\w+|[^\w\s]+</c>).</summary>
internal sealed class WordSplitter : TextPreTokenizer
{
    public override void Split(TextPiece source, PieceBuffer destination)
    {
        ReadOnlySpan<char> text = source.Chars;
        int start = 0;
        int current = 0;
        for (int i = 0; i < text.Length;)
        {
            int c = CodePoint.At(text, i, out int length);
            int kind = CodePoint.IsWord(c) ? 1 : CodePoint.IsWhiteSpace(c) ? 0 : 2;
            if (kind != current)
            {
                if (current != 0)
                    destination.Add(source.Slice(start, i - start));
                start = i;
                current = kind;
            }

            i += length;
        }

        if (current != 0)
            destination.Add(source.Slice(start, text.Length - start));
    }
}
