using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>Lower case, code point by code point.</summary>
internal sealed class LowercaseNormalizer : TextNormalizer
{
    public override void Normalize(TextPiece source, TextBuffer destination)
    {
        ReadOnlySpan<char> text = source.Chars;
        bool tracks = destination.Tracks;
        for (int i = 0; i < text.Length;)
        {
            int c = CodePoint.At(text, i, out int length);
            LowerCase.Append(c, tracks ? source.Starts[i] : 0, tracks ? source.Ends[i] : 0, destination);
            i += length;
        }
    }
}
