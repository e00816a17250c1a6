using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.PreTokenizers;

/// <summary>WhitespaceSplit: what stands between white space.</summary>
internal sealed class WhiteSpaceSplitter : TextPreTokenizer
{
    public override void Split(TextPiece source, PieceBuffer destination)
    {
        ReadOnlySpan<char> text = source.Chars;
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            // All white space is in the first plane; a half of a surrogate pair never counts as one.
            if (!CodePoint.IsWhiteSpace(text[i]))
                continue;
            destination.Add(source.Slice(start, i - start));
            start = i + 1;
        }

        destination.Add(source.Slice(start, text.Length - start));
    }
}
