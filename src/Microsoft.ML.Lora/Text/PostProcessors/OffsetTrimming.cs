using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.PostProcessors;

/// <summary>Cuts the white space at the ends of byte-level tokens off their offsets.</summary>
internal static class OffsetTrimming
{
    /// <param name="encoding">Changed, with the parts that were cut off.</param>
    /// <param name="addsPrefixSpace">A single blank before the first token was put there and is not in the text.</param>
    public static void Apply(HuggingFaceEncoding encoding, bool addsPrefixSpace)
    {
        Trim(encoding, addsPrefixSpace);
        encoding.OverflowingList.ForEach(part => Trim(part, addsPrefixSpace));
    }

    private static void Trim(HuggingFaceEncoding encoding, bool addsPrefixSpace)
    {
        for (int i = 0; i < encoding.Count; i++)
        {
            string token = encoding.Tokens[i];
            int leading = 0;
            while (leading < token.Length && IsSpace(token[leading]))
                leading++;
            int trailing = 0;
            while (trailing < token.Length && IsSpace(token[token.Length - 1 - trailing]))
                trailing++;
            if (leading == 0 && trailing == 0)
                continue;
            (int start, int end) = encoding.Offsets[i];
            if (leading == 1 && addsPrefixSpace && (i == 0 || start == 0))
                leading = 0;
            start = Math.Min(Forward(encoding.Source, start, leading), end);
            encoding.SetOffset(i, start, Math.Max(Backward(encoding.Source, end, trailing), start));
        }
    }

    /// <summary>Counts code points: the blank that was put before a text has the range of the text's first one, which may be two units.</summary>
    private static int Forward(string text, int at, int codePoints)
    {
        for (; codePoints > 0; codePoints--)
            at += at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
        return at;
    }

    /// <summary>Stays where it is if there are not that many before it.</summary>
    private static int Backward(string text, int end, int codePoints)
    {
        int at = end;
        for (; codePoints > 0; codePoints--)
        {
            if (at == 0)
                return end;
            at -= at > 1 && at <= text.Length && char.IsSurrogatePair(text[at - 2], text[at - 1]) ? 2 : 1;
        }

        return at;
    }

    private static bool IsSpace(char c) => c == ByteAlphabet.Blank || CodePoint.IsWhiteSpace(c);
}
