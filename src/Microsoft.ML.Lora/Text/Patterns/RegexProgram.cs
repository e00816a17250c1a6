namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>A parsed pattern as steps that <see cref="RegexPattern"/> carries out.</summary>
internal sealed class RegexProgram
{
    /// <summary>Most steps of a pattern.</summary>
    public const int MaxSteps = 20_000;

    private readonly List<Step> _steps = [];

    public RegexProgram(RegexNode node)
    {
        Emit(node);
        Add(new Step(StepKind.Match));
        Steps = [.. _steps];
    }

    public Step[] Steps { get; }

    /// <summary>Number of places that remember a position, against endless empty loops.</summary>
    public int Registers { get; private set; }

    /// <summary>The error for a pattern of more steps.</summary>
    public static FormatException TooLarge() => new($"the pattern is larger than {MaxSteps} steps");

    private int Add(Step step)
    {
        if (_steps.Count >= MaxSteps)
            throw TooLarge();
        _steps.Add(step);
        return _steps.Count - 1;
    }

    private void Emit(RegexNode node)
    {
        switch (node)
        {
            case RegexNode.One one:
                Add(new Step(StepKind.One, Set: one.Set));
                break;
            case RegexNode.Sequence sequence:
                foreach (RegexNode part in sequence.Parts)
                    Emit(part);
                break;
            case RegexNode.Choice choice:
                EmitChoice(choice);
                break;
            case RegexNode.Look look:
                Add(new Step(
                    StepKind.Look, look.IsBehind ? look.Part.MinLength : -1, look.Part.MaxLength, Inner: new RegexProgram(look.Part),
                    Flag: look.IsNegative));
                break;
            case RegexNode.Atomic atomic:
                Add(new Step(StepKind.Atomic, Inner: new RegexProgram(atomic.Part)));
                break;
            case RegexNode.Anchor anchor:
                Add(new Step(StepKind.Anchor, (int)anchor.Kind));
                break;
            case RegexNode.Repeat repeat:
                EmitRepeat(repeat);
                break;
            default:
                throw new FormatException($"the pattern has a part of the kind {node.GetType().Name}");
        }
    }

    private void EmitChoice(RegexNode.Choice choice)
    {
        var jumps = new List<int>();
        for (int i = 0; i < choice.Options.Count; i++)
        {
            bool last = i == choice.Options.Count - 1;
            int fork = last ? -1 : Add(default);
            Emit(choice.Options[i]);
            if (last)
                break;
            jumps.Add(Add(default));
            _steps[fork] = new Step(StepKind.Fork, fork + 1, _steps.Count);
        }

        foreach (int jump in jumps)
            _steps[jump] = new Step(StepKind.Jump, _steps.Count);
    }

    private void EmitRepeat(RegexNode.Repeat repeat)
    {
        if (repeat.Part is RegexNode.One one && repeat.Kind != RepeatKind.Lazy)
        {
            Add(new Step(StepKind.Run, repeat.Min, repeat.Max, one.Set, Flag: repeat.Kind == RepeatKind.Possessive));
            return;
        }

        if (repeat.Kind == RepeatKind.Possessive)
        {
            Emit(new RegexNode.Atomic(repeat with { Kind = RepeatKind.Greedy }));
            return;
        }

        bool lazy = repeat.Kind == RepeatKind.Lazy;
        int before = _steps.Count;
        for (int i = 0; i < repeat.Min && (i == 0 || _steps.Count > before); i++)
            Emit(repeat.Part);
        if (repeat.Part.IsEmpty)
            return;
        if (repeat.Max == int.MaxValue)
        {
            int fork = Add(default);
            int register = repeat.Part.MinLength == 0 ? Registers++ : -1;
            if (register >= 0)
                Add(new Step(StepKind.Remember, register));
            Emit(repeat.Part);
            if (register >= 0)
                Add(new Step(StepKind.RequireProgress, register));
            Add(new Step(StepKind.Jump, fork));
            SetFork(fork, lazy);
            return;
        }

        var forks = new List<int>();
        for (int i = repeat.Min; i < repeat.Max; i++)
        {
            forks.Add(Add(default));
            Emit(repeat.Part);
        }

        foreach (int fork in forks)
            SetFork(fork, lazy);
    }

    private void SetFork(int fork, bool lazy) => _steps[fork] = lazy
        ? new Step(StepKind.Fork, _steps.Count, fork + 1)
        : new Step(StepKind.Fork, fork + 1, _steps.Count);

    /// <summary>What a step does.</summary>
    internal enum StepKind : byte
    {
        /// <summary>Takes one code point of the set.</summary>
        One,

        /// <summary>Takes from First to Second code points of the set, as many as there are, giving back unless flagged.</summary>
        Run,

        /// <summary>Goes on at First; if that leads nowhere, at Second.</summary>
        Fork,

        /// <summary>Goes on at First.</summary>
        Jump,

        /// <summary>Goes on where the inner program matches here (First below 0) or behind here; flagged: where it does not.</summary>
        Look,

        /// <summary>Takes what the inner program matches.</summary>
        Atomic,

        /// <summary>Goes on where the position fulfils a condition.</summary>
        Anchor,

        /// <summary>Notes the position in a register.</summary>
        Remember,

        /// <summary>Goes on where the position is not the one noted.</summary>
        RequireProgress,

        /// <summary>The end.</summary>
        Match,
    }

    /// <summary>One step.</summary>
    internal readonly record struct Step(
        StepKind Kind, int First = 0, int Second = 0, CodePointSet? Set = null, RegexProgram? Inner = null, bool Flag = false);
}
