using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>The clean-up of neural machine translation: drops control characters and makes unusual spaces blanks.</summary>
internal sealed class NmtNormalizer : TextNormalizer
{
    public override void Normalize(TextPiece source, TextBuffer destination)
    {
        bool tracks = destination.Tracks;
        for (int i = 0; i < source.Length; i++)
        {
            char c = source.Chars[i];
            if (c is (>= '\u0001' and <= '\u0008') or '\u000B' or (>= '\u000E' and <= '\u001F') or '\u007F' or '\u008F' or '\u009F')
                continue;
            if (c is '\t' or '\n' or '\f' or '\r' or '\u1680' or (>= '\u200B' and <= '\u200F') or '\u2028' or '\u2029' or '\u2581' or '\uFEFF' or '\uFFFD')
                c = ' ';
            destination.Append(c, tracks ? source.Starts[i] : 0, tracks ? source.Ends[i] : 0);
        }
    }
}
