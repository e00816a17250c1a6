namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>What becomes of the matches when a text is cut at them.</summary>
internal enum SplitBehavior
{
    /// <summary>They are dropped.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>They go to the piece before.</summary>
    MergedWithPrevious,

    /// <summary>They go to the piece after.</summary>
    MergedWithNext,

    /// <summary>Neighbours of one kind are one piece.</summary>
    Contiguous,
}
