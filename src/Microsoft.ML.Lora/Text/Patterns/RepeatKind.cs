namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>How often a repeated part is tried first.</summary>
internal enum RepeatKind
{
    /// <summary>As often as possible, then less.</summary>
    Greedy,

    /// <summary>As rarely as possible, then more.</summary>
    Lazy,

    /// <summary>As often as possible, and never less.</summary>
    Possessive,
}
