using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>Several normalizers, one after another.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<TextNormalizer> normalizers) : TextNormalizer
{
    [ThreadStatic]
    private static Stack<TextBuffer>? t_buffers;

    public IReadOnlyList<TextNormalizer> Parts => normalizers;

    public override void Normalize(TextPiece source, TextBuffer destination)
    {
        if (normalizers.Count == 0)
        {
            destination.Append(source);
            return;
        }

        Stack<TextBuffer> buffers = t_buffers ??= new Stack<TextBuffer>();
        TextBuffer current = buffers.TryPop(out TextBuffer? a) ? a : new TextBuffer();
        TextBuffer next = buffers.TryPop(out TextBuffer? b) ? b : new TextBuffer();
        current.Clear(destination.Tracks, source.Origin);
        TextPiece piece = source;
        for (int i = 0; i < normalizers.Count - 1; i++)
        {
            next.Clear(destination.Tracks, source.Origin);
            normalizers[i].Normalize(piece, next);
            piece = next.Piece;
            (current, next) = (next, current);
        }

        normalizers[^1].Normalize(piece, destination);
        buffers.Push(current);
        buffers.Push(next);
    }
}
