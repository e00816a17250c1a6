using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.PreTokenizers;

/// <summary>Pieces of a fixed number of code points.</summary>
internal sealed class FixedLengthSplitter(int codePoints) : TextPreTokenizer
{
    public override void Split(TextPiece source, PieceBuffer destination)
    {
        for (int start = 0; start < source.Length;)
        {
            int end = start;
            for (int i = 0; i < codePoints && end < source.Length; i++)
            {
                CodePoint.At(source.Chars, end, out int length);
                end += length;
            }

            destination.Add(source.Slice(start, end - start));
            start = end;
        }
    }
}
