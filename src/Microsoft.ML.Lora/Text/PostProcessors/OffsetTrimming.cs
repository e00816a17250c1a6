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
            (int start, int end) = encoding.Offsets[i];
            if (leading == 1 && addsPrefixSpace && (i == 0 || start == 0))
                leading = 0;
            start = Math.Min(start + leading, end);
            if (trailing > 0 && end >= trailing)
                end = Math.Max(end - trailing, start);
            encoding.SetOffset(i, start, end);
        }
    }

    private static bool IsSpace(char c) => c == ByteAlphabet.Blank || CodePoint.IsWhiteSpace(c);
}
