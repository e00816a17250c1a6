using System.Text;

namespace Microsoft.ML.Lora.Text.Decoders;

/// <summary>Takes a character away at the beginning and the end of each token, at most so many times.</summary>
internal sealed class StripDecoder(Rune content, int start, int stop) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        string text = content.ToString();
        for (int i = 0; i < tokens.Count; i++)
        {
            ReadOnlySpan<char> token = tokens[i];
            for (int n = 0; n < start && token.StartsWith(text); n++)
                token = token[text.Length..];
            for (int n = 0; n < stop && token.EndsWith(text); n++)
                token = token[..^text.Length];
            if (token.Length != tokens[i].Length)
                tokens[i] = token.ToString();
        }

        return tokens;
    }
}
