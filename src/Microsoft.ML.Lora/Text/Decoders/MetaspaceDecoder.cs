using System.Text;

namespace Microsoft.ML.Lora.Text.Decoders;

/// <summary>sentencepiece's visible blanks become blanks; those of the first token go, where one was put in front of the text.</summary>
internal sealed class MetaspaceDecoder(Rune replacement, bool dropsFirst) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        string from = replacement.ToString();
        for (int i = 0; i < tokens.Count; i++)
            tokens[i] = tokens[i].Replace(from, i == 0 && dropsFirst ? "" : " ", StringComparison.Ordinal);
        return tokens;
    }
}
