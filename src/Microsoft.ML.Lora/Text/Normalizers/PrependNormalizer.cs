using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>Puts a text before every text that is not empty. It comes from the same place as the first character.</summary>
internal sealed class PrependNormalizer(string prefix) : TextNormalizer
{
    public override void Normalize(TextPiece source, TextBuffer destination)
    {
        if (source.Length == 0)
            return;
        int start = destination.Tracks ? source.Starts[0] : 0;
        int end = destination.Tracks ? source.Ends[0] : 0;
        foreach (char c in prefix)
            destination.Append(c, start, end);
        destination.Append(source);
    }
}
