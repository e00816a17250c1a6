using Microsoft.ML.Lora.Text.Unicode;
using static Microsoft.ML.Lora.Text.Patterns.RegexProgram;

namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>
/// A regular expression over code points with the Unicode tables and the order of choices of Oniguruma. The number of steps for a text
/// is bounded.
/// </summary>
internal sealed class RegexPattern : TextPattern
{
    private const int RegistersOnStack = 16;

    private readonly RegexProgram _program;
    private readonly string _pattern;

    /// <exception cref="FormatException">It is not a pattern, or uses something that is not supported.</exception>
    public RegexPattern(string pattern)
    {
        _pattern = pattern;
        _program = new RegexProgram(RegexParser.Parse(pattern));
    }

    public override bool TryFind(ReadOnlySpan<char> text, int from, ref long budget, out int start, out int end)
    {
        for (start = from; start <= text.Length; start += start < text.Length && char.IsHighSurrogate(text[start]) ? 2 : 1)
        {
            end = Run(_program, text, start, -1, ref budget);
            if (end >= 0)
                return true;
        }

        start = end = -1;
        return false;
    }

    /// <summary>The end of the match that begins at an index, or -1; with <paramref name="mustEnd"/> only one that ends there.</summary>
    private int Run(RegexProgram program, ReadOnlySpan<char> text, int start, int mustEnd, ref long budget)
    {
        var stack = new BacktrackStack(stackalloc int[192]);
        Span<int> registers = program.Registers > RegistersOnStack ? new int[program.Registers] : stackalloc int[program.Registers];
        Step[] steps = program.Steps;
        int at = start;
        int pc = 0;
        while (true)
        {
            if (--budget < 0)
            {
                stack.Release();
                throw new InvalidOperationException($"The pattern '{LoraFormatException.Shorten(_pattern)}' takes too many steps on this text.");
            }

            ref readonly Step step = ref steps[pc];
            bool goesOn = true;
            switch (step.Kind)
            {
                case StepKind.One:
                    goesOn = TakeOne(text, step.Set!, ref at);
                    pc++;
                    break;
                case StepKind.Run:
                    goesOn = TakeRun(text, step, pc, ref at, ref stack, ref budget);
                    pc++;
                    break;
                case StepKind.Fork:
                    stack.Push(step.Second, at, -1);
                    pc = step.First;
                    break;
                case StepKind.Jump:
                    pc = step.First;
                    break;
                case StepKind.Look:
                    goesOn = Looks(text, step, at, ref budget) != step.Flag;
                    pc++;
                    break;
                case StepKind.Atomic:
                    int end = Run(step.Inner!, text, at, -1, ref budget);
                    goesOn = end >= 0;
                    at = goesOn ? end : at;
                    pc++;
                    break;
                case StepKind.Anchor:
                    goesOn = Holds((AnchorKind)step.First, text, at);
                    pc++;
                    break;
                case StepKind.Remember:
                    registers[step.First] = at;
                    pc++;
                    break;
                case StepKind.RequireProgress:
                    goesOn = registers[step.First] != at;
                    pc++;
                    break;
                default:
                    if (mustEnd < 0 || at == mustEnd)
                    {
                        stack.Release();
                        return at;
                    }

                    goesOn = false;
                    break;
            }

            if (!goesOn && !stack.TryPop(text, out pc, out at))
            {
                stack.Release();
                return -1;
            }
        }
    }

    private static bool TakeOne(ReadOnlySpan<char> text, CodePointSet set, ref int at)
    {
        if (at >= text.Length)
            return false;
        int c = CodePoint.At(text, at, out int length);
        if (!set.Contains(c))
            return false;
        at += length;
        return true;
    }

    private static bool TakeRun(ReadOnlySpan<char> text, in Step step, int pc, ref int at, ref BacktrackStack stack, ref long budget)
    {
        int count = 0;
        int least = at;
        while (count < step.Second && TakeOne(text, step.Set!, ref at))
        {
            count++;
            if (count == step.First)
                least = at;
        }

        budget -= count;
        if (count < step.First)
            return false;
        if (!step.Flag && at > least)
            stack.Push(pc + 1, at, least);
        return true;
    }

    private bool Looks(ReadOnlySpan<char> text, in Step step, int at, ref long budget)
    {
        if (step.First < 0)
            return Run(step.Inner!, text, at, -1, ref budget) >= 0;
        int start = at;
        for (int length = 0; length <= step.Second; length++)
        {
            if (length >= step.First && Run(step.Inner!, text, start, at, ref budget) >= 0)
                return true;
            if (start == 0)
                return false;
            CodePoint.Before(text, start, out int units);
            start -= units;
        }

        return false;
    }

    private static bool Holds(AnchorKind kind, ReadOnlySpan<char> text, int at) => kind switch
    {
        AnchorKind.TextStart => at == 0,
        AnchorKind.TextEnd => at == text.Length,
        AnchorKind.TextEndOrBreak => at == text.Length || (at == text.Length - 1 && text[at] == '\n'),
        AnchorKind.LineStart => at == 0 || (text[at - 1] == '\n' && at < text.Length),
        AnchorKind.LineEnd => at == text.Length || text[at] == '\n',
        AnchorKind.WordBoundary => IsBoundary(text, at),
        _ => !IsBoundary(text, at),
    };

    private static bool IsBoundary(ReadOnlySpan<char> text, int at)
    {
        bool before = at > 0 && CodePoint.IsBareRegexWord(CodePoint.Before(text, at, out _));
        bool after = at < text.Length && CodePoint.IsBareRegexWord(CodePoint.At(text, at, out _));
        return before != after;
    }
}
