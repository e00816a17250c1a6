namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>Conditions on a position.</summary>
internal enum AnchorKind
{
    /// <summary>Beginning of the text.</summary>
    TextStart,

    /// <summary>End of the text.</summary>
    TextEnd,

    /// <summary>End of the text, or before a line break there.</summary>
    TextEndOrBreak,

    /// <summary>Beginning of a line.</summary>
    LineStart,

    /// <summary>End of a line.</summary>
    LineEnd,

    /// <summary>Between a word character and another.</summary>
    WordBoundary,

    /// <summary>Not between a word character and another.</summary>
    NoWordBoundary,
}
