using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>Lower case, code point by code point: no rule looks at the neighbours, and no culture matters.</summary>
internal static class LowerCase
{
    /// <summary>Writes a code point's lower case (one to three code points), all with one original range.</summary>
    public static void Append(int codePoint, int start, int end, TextBuffer destination)
    {
        if (codePoint < 0x80)
        {
            destination.Append((char)(codePoint is >= 'A' and <= 'Z' ? codePoint | 0x20 : codePoint), start, end);
            return;
        }

        if (!UnicodeTables.Instance.LowerCase.TryGetValue(codePoint, out int[]? lower))
        {
            destination.AppendCodePoint(codePoint, start, end);
            return;
        }

        foreach (int c in lower)
            destination.AppendCodePoint(c, start, end);
    }
}
