namespace Microsoft.ML.Lora.Text.Decoders;

/// <summary>The suffix that ends a word becomes a blank, and nothing in the last token.</summary>
internal sealed class BpeDecoder(string suffix) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        // An empty suffix stands between all characters, as Rust's replace has it.
        for (int i = 0; i < tokens.Count; i++)
        {
            string replacement = i == tokens.Count - 1 ? "" : " ";
            tokens[i] = suffix.Length > 0
                ? tokens[i].Replace(suffix, replacement, StringComparison.Ordinal)
                : replacement + string.Concat(tokens[i].EnumerateRunes().Select(rune => rune + replacement));
        }

        return tokens;
    }
}
