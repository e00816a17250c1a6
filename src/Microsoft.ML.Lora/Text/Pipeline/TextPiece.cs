namespace Microsoft.ML.Lora.Text.Pipeline;

/// <summary>
/// A piece of text on its way through the pipeline: its present characters and, for each of them, the range of the original text
/// (in UTF-16 units) that it came from. Without offsets, where only ids are wanted, <see cref="Starts"/> and <see cref="Ends"/> are empty.
/// </summary>
internal readonly ref struct TextPiece(ReadOnlySpan<char> chars, ReadOnlySpan<int> starts, ReadOnlySpan<int> ends, int origin)
{
    public ReadOnlySpan<char> Chars { get; } = chars;

    public ReadOnlySpan<int> Starts { get; } = starts;

    public ReadOnlySpan<int> Ends { get; } = ends;

    /// <summary>Where the piece began in the original text when it was cut.</summary>
    public int Origin { get; } = origin;

    public int Length => Chars.Length;

    /// <summary>A part of this piece. Without offsets its origin is right as long as nothing has been rewritten.</summary>
    public TextPiece Slice(int start, int length) => Starts.IsEmpty
        ? new TextPiece(Chars.Slice(start, length), default, default, Origin + start)
        : new TextPiece(Chars.Slice(start, length), Starts.Slice(start, length), Ends.Slice(start, length), length > 0 ? Starts[start] : Origin);
}
