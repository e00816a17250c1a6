using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>Drops white space at the beginning, the end, or both.</summary>
internal sealed class StripNormalizer(bool left, bool right) : TextNormalizer
{
    public override void Normalize(TextPiece source, TextBuffer destination)
    {
        ReadOnlySpan<char> text = source.Chars;
        int start = 0;
        int end = text.Length;
        while (left && start < end && CodePoint.IsWhiteSpace(text[start]))
            start++;
        while (right && end > start && CodePoint.IsWhiteSpace(text[end - 1]))
            end--;
        destination.Append(source.Slice(start, end - start));
    }
}
