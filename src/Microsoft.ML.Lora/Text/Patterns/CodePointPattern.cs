using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>Any one code point of a kind.</summary>
internal sealed class CodePointPattern(Func<int, bool> isMatch) : TextPattern
{
    public override bool TryFind(ReadOnlySpan<char> text, int from, ref long budget, out int start, out int end)
    {
        for (start = from; start < text.Length; start = end)
        {
            int c = CodePoint.At(text, start, out int length);
            end = start + length;
            if (isMatch(c))
                return true;
        }

        start = end = -1;
        return false;
    }
}
