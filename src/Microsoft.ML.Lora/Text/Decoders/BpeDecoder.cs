namespace Microsoft.ML.Lora.Text.Decoders;

/// <summary>The suffix that ends a word becomes a blank, and nothing in the last token.</summary>
internal sealed class BpeDecoder(string suffix) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
            tokens[i] = Replace(tokens[i], suffix, i == tokens.Count - 1 ? "" : " ");
        return tokens;
    }
}
