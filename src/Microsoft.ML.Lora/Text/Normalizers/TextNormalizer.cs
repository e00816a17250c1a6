using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>A step that rewrites text before it is split. Immutable; used by many threads at once.</summary>
internal abstract class TextNormalizer
{
    /// <summary>Writes the rewritten piece to an empty buffer.</summary>
    public abstract void Normalize(TextPiece source, TextBuffer destination);

    /// <summary>Rewrites a text without offsets.</summary>
    public string Normalize(ReadOnlySpan<char> text)
    {
        var source = new TextBuffer();
        var destination = new TextBuffer();
        source.AppendOriginal(text);
        destination.Clear(tracks: false);
        Normalize(source.Piece, destination);
        return destination.Piece.Chars.ToString();
    }
}
