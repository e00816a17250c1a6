using System.Text;

namespace Microsoft.ML.Lora.Text.Decoders;

/// <summary>Joins word pieces: a piece with the prefix goes to the one before, all others get a blank; then blanks before punctuation go.</summary>
internal sealed class WordPieceDecoder(string prefix, bool cleanup) : TokenDecoder
{
    private static readonly (string From, string To)[] s_cleanups =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"),
        (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    public override List<string> Decode(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            string token = tokens[i];
            if (i != 0)
            {
                token = token.StartsWith(prefix, StringComparison.Ordinal)
                    ? ReplaceFirst(token)
                    : " " + token;
            }

            tokens[i] = cleanup ? CleanUp(token) : token;
        }

        return tokens;
    }

    /// <summary>Removes the blanks that stand before English punctuation and contractions.</summary>
    public static string CleanUp(string text)
    {
        if (text.IndexOfAny([' ']) < 0)
            return text;
        var result = new StringBuilder(text);
        foreach ((string from, string to) in s_cleanups)
            result.Replace(from, to);
        return result.ToString();
    }

    private string ReplaceFirst(string token) => prefix.Length == 0 ? token : token[prefix.Length..];
}
