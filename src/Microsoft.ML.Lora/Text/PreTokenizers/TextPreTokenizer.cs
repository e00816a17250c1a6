using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.PreTokenizers;

/// <summary>A step that cuts text into the pieces that the model tokenizes one by one. Immutable; used by many threads at once.</summary>
internal abstract class TextPreTokenizer
{
    /// <summary>True where the result depends on whether a piece is from the very beginning of the original text.</summary>
    public virtual bool LooksAtOrigin => false;

    /// <summary>Cuts a piece and adds the parts, in order.</summary>
    /// <param name="source">The piece; never empty.</param>
    /// <param name="destination">Takes the parts.</param>
    public abstract void Split(TextPiece source, PieceBuffer destination);
}
