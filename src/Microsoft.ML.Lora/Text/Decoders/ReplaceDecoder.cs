using System.Text;
using Microsoft.ML.Lora.Text.Patterns;

namespace Microsoft.ML.Lora.Text.Decoders;

/// <summary>Puts a text in the place of every match of a pattern, in each token.</summary>
internal sealed class ReplaceDecoder(TextPattern pattern, string content) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var result = new StringBuilder();
        for (int i = 0; i < tokens.Count; i++)
        {
            string token = tokens[i];
            long budget = TextPattern.Budget(token);
            int from = 0;
            int lastEnd = -1;
            int done = 0;
            result.Clear();
            while (pattern.TryNext(token, ref from, ref lastEnd, ref budget, out int start, out int end))
            {
                result.Append(token, done, start - done).Append(content);
                done = end;
            }

            if (done > 0 || result.Length > 0)
                tokens[i] = result.Append(token, done, token.Length - done).ToString();
        }

        return tokens;
    }
}
