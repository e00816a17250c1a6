using Microsoft.ML.Lora.Text.Patterns;
using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>Puts a text in the place of every match of a pattern. It comes from the place of the last character that it replaces.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : TextNormalizer
{
    public override void Normalize(TextPiece source, TextBuffer destination)
    {
        long budget = TextPattern.Budget(source.Chars);
        int from = 0;
        int lastEnd = -1;
        int done = 0;
        while (pattern.TryNext(source.Chars, ref from, ref lastEnd, ref budget, out int start, out int end))
        {
            destination.Append(source.Slice(done, start - done));
            done = end;
            bool known = destination.Tracks && end > 0;
            int first = known ? source.Starts[end - 1] : source.Origin;
            int last = known ? source.Ends[end - 1] : source.Origin;
            foreach (char c in content)
                destination.Append(c, first, last);
        }

        destination.Append(source.Slice(done, source.Length - done));
    }
}
