using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.PreTokenizers;

namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>Cuts text at the matches of a pattern (Split, Punctuation, Digits, CharDelimiterSplit).</summary>
internal sealed class PatternSplitter(TextPattern pattern, SplitBehavior behavior, bool invert = false) : TextPreTokenizer
{
    [ThreadStatic]
    private static List<Part>? t_parts;

    public override void Split(TextPiece source, PieceBuffer destination)
    {
        List<Part> parts = t_parts ??= [];
        parts.Clear();
        Collect(source.Chars, parts);
        switch (behavior)
        {
            case SplitBehavior.Removed:
                parts.RemoveAll(part => part.IsMatch);
                break;
            case SplitBehavior.Contiguous:
                Join(parts, (isMatch, previous) => isMatch == previous);
                break;
            case SplitBehavior.MergedWithPrevious:
                Join(parts, (isMatch, previous) => isMatch && !previous);
                break;
            case SplitBehavior.MergedWithNext:
                parts.Reverse();
                Join(parts, (isMatch, previous) => isMatch && !previous);
                parts.Reverse();
                break;
            default:
                break;
        }

        foreach (Part part in parts)
            destination.Add(source.Slice(part.Start, part.End - part.Start));
    }

    private void Collect(ReadOnlySpan<char> text, List<Part> parts)
    {
        long budget = TextPattern.Budget(text);
        int from = 0;
        int lastEnd = -1;
        int done = 0;
        while (pattern.TryNext(text, ref from, ref lastEnd, ref budget, out int start, out int end))
        {
            if (done != start)
                parts.Add(new Part(done, start, invert));
            parts.Add(new Part(start, end, !invert));
            done = end;
        }

        if (done != text.Length)
            parts.Add(new Part(done, text.Length, invert));
    }

    /// <summary>Joins a part to the one before where the rule says so; works in either direction.</summary>
    private static void Join(List<Part> parts, Func<bool, bool, bool> joins)
    {
        int count = 0;
        bool previous = false;
        for (int i = 0; i < parts.Count; i++)
        {
            Part part = parts[i];
            if (count > 0 && joins(part.IsMatch, previous))
            {
                Part last = parts[count - 1];
                parts[count - 1] = last with { Start = Math.Min(last.Start, part.Start), End = Math.Max(last.End, part.End) };
            }
            else
            {
                parts[count++] = part;
            }

            previous = part.IsMatch;
        }

        parts.RemoveRange(count, parts.Count - count);
    }

    private readonly record struct Part(int Start, int End, bool IsMatch);
}
