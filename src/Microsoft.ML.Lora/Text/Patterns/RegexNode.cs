namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>A part of a parsed pattern.</summary>
internal abstract record RegexNode
{
    /// <summary>Fewest code points it matches.</summary>
    public abstract int MinLength { get; }

    /// <summary>Most code points it matches; <see cref="int.MaxValue"/> = no limit.</summary>
    public abstract int MaxLength { get; }

    /// <summary>It has nothing to match and no condition.</summary>
    public virtual bool IsEmpty => false;

    /// <summary>One code point of a set.</summary>
    public sealed record One(CodePointSet Set) : RegexNode
    {
        public override int MinLength => 1;

        public override int MaxLength => 1;
    }

    /// <summary>A letter without regard to case, until those beside it are known (see <see cref="CaseFolding"/>).</summary>
    public sealed record Letter(int Character) : RegexNode
    {
        public override int MinLength => 1;

        public override int MaxLength => 1;
    }

    /// <summary>Parts one after another.</summary>
    public sealed record Sequence(IReadOnlyList<RegexNode> Parts) : RegexNode
    {
        public override int MinLength { get; } = Clamp(Parts.Sum(part => (long)part.MinLength));

        public override int MaxLength { get; } = Clamp(Parts.Sum(part => (long)part.MaxLength));

        public override bool IsEmpty { get; } = Parts.All(part => part.IsEmpty);
    }

    /// <summary>The first of several that leads to a match.</summary>
    public sealed record Choice(IReadOnlyList<RegexNode> Options) : RegexNode
    {
        public override int MinLength { get; } = Options.Min(option => option.MinLength);

        public override int MaxLength { get; } = Options.Max(option => option.MaxLength);

        public override bool IsEmpty { get; } = Options.All(option => option.IsEmpty);
    }

    /// <summary>A part several times; <see cref="Max"/> may be <see cref="int.MaxValue"/>.</summary>
    public sealed record Repeat(RegexNode Part, int Min, int Max, RepeatKind Kind) : RegexNode
    {
        public override int MinLength { get; } = Clamp((long)Min * Part.MinLength);

        public override int MaxLength { get; } =
            Part.MaxLength == 0 ? 0 : Max == int.MaxValue ? int.MaxValue : Clamp((long)Max * Part.MaxLength);

        public override bool IsEmpty { get; } = Part.IsEmpty;
    }

    /// <summary>A condition on what follows or stands before; matches nothing itself.</summary>
    public sealed record Look(RegexNode Part, bool IsBehind, bool IsNegative) : RegexNode
    {
        public override int MinLength => 0;

        public override int MaxLength => 0;
    }

    /// <summary>A part that is not tried in another way once it has matched.</summary>
    public sealed record Atomic(RegexNode Part) : RegexNode
    {
        public override int MinLength { get; } = Part.MinLength;

        public override int MaxLength { get; } = Part.MaxLength;

        public override bool IsEmpty { get; } = Part.IsEmpty;
    }

    /// <summary>A condition on the position.</summary>
    public sealed record Anchor(AnchorKind Kind) : RegexNode
    {
        public override int MinLength => 0;

        public override int MaxLength => 0;
    }

    private static int Clamp(long length) => (int)Math.Min(length, int.MaxValue);
}
