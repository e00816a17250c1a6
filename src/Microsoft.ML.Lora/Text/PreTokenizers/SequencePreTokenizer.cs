using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.PreTokenizers;

/// <summary>Several pre-tokenizers, each cutting the parts of the one before.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<TextPreTokenizer> preTokenizers) : TextPreTokenizer
{
    [ThreadStatic]
    private static Stack<PieceBuffer>? t_buffers;

    public IReadOnlyList<TextPreTokenizer> Parts => preTokenizers;

    public override bool LooksAtOrigin => preTokenizers.Any(preTokenizer => preTokenizer.LooksAtOrigin);

    public override void Split(TextPiece source, PieceBuffer destination)
    {
        if (preTokenizers.Count == 0)
        {
            destination.Add(source);
            return;
        }

        Stack<PieceBuffer> buffers = t_buffers ??= new Stack<PieceBuffer>();
        PieceBuffer current = buffers.TryPop(out PieceBuffer? a) ? a : new PieceBuffer();
        PieceBuffer next = buffers.TryPop(out PieceBuffer? b) ? b : new PieceBuffer();
        current.Clear(destination.Text.Tracks);
        current.Add(source);
        for (int i = 0; i < preTokenizers.Count; i++)
        {
            bool last = i == preTokenizers.Count - 1;
            if (!last)
                next.Clear(destination.Text.Tracks);
            for (int p = 0; p < current.Count; p++)
                preTokenizers[i].Split(current[p], last ? destination : next);
            (current, next) = (next, current);
        }

        buffers.Push(current);
        buffers.Push(next);
    }
}
