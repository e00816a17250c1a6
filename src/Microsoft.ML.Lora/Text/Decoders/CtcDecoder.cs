namespace Microsoft.ML.Lora.Text.Decoders;

/// <summary>Connectionist temporal classification: equal neighbours are one, padding goes, the word delimiter becomes a blank.</summary>
internal sealed class CtcDecoder(string padding, string wordDelimiter, bool cleanup) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var result = new List<string>();
        string? previous = null;
        foreach (string token in tokens)
        {
            if (token == previous)
                continue;
            previous = token;
            string text = Replace(token, padding, "");
            if (cleanup)
                text = Replace(WordPieceDecoder.CleanUp(text), wordDelimiter, " ");
            if (text.Length > 0)
                result.Add(text);
        }

        return result;
    }
}
