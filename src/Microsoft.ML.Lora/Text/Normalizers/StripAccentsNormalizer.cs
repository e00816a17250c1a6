using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>Drops combining marks (general category M).</summary>
internal sealed class StripAccentsNormalizer : TextNormalizer
{
    public override void Normalize(TextPiece source, TextBuffer destination)
    {
        ReadOnlySpan<char> text = source.Chars;
        for (int i = 0; i < text.Length;)
        {
            int c = CodePoint.At(text, i, out int length);
            if (!CodePoint.IsCombiningMark(c))
                destination.Append(source.Slice(i, length));
            i += length;
        }
    }
}
