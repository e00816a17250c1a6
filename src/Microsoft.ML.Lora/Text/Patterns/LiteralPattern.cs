namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>A text as it is.</summary>
internal sealed class LiteralPattern(string literal) : TextPattern
{
    public override bool TryFind(ReadOnlySpan<char> text, int from, ref long budget, out int start, out int end)
    {
        start = text[from..].IndexOf(literal);
        if (start >= 0)
            start += from;
        end = start + literal.Length;
        return start >= 0;
    }
}
