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
            string text = padding.Length > 0 ? token.Replace(padding, "", StringComparison.Ordinal) : token;
            if (cleanup)
            {
                text = WordPieceDecoder.CleanUp(text);
                if (wordDelimiter.Length > 0)
                    text = text.Replace(wordDelimiter, " ", StringComparison.Ordinal);
            }

            if (text.Length > 0)
                result.Add(text);
        }

        return result;
    }
}
