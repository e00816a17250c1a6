using Microsoft.ML.Lora.Text.Patterns;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.PreTokenizers;

/// <summary>GPT-2's pre-tokenizer: cuts into words with the blank before them and writes each as the bytes of its UTF-8 form.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : TextPreTokenizer
{
    [ThreadStatic]
    private static TextBuffer? t_prefixed;

    public override void Split(TextPiece source, PieceBuffer destination)
    {
        TextPiece piece = source;
        if (addPrefixSpace && source.Chars[0] != ' ')
        {
            TextBuffer prefixed = t_prefixed ??= new TextBuffer();
            bool tracks = destination.Text.Tracks;
            prefixed.Clear(tracks, source.Origin);
            prefixed.Append(' ', tracks ? source.Starts[0] : 0, tracks ? source.Ends[0] : 0);
            prefixed.Append(source);
            piece = prefixed.Piece;
        }

        if (!useRegex)
        {
            Write(piece, destination);
            return;
        }

        for (int start = 0; start < piece.Length;)
        {
            int end = Gpt2Pattern.End(piece.Chars, start);
            Write(piece.Slice(start, end - start), destination);
            start = end;
        }
    }

    private static void Write(TextPiece piece, PieceBuffer destination)
    {
        int start = destination.Text.Length;
        ByteAlphabet.Append(piece, destination.Text);
        destination.Close(start, piece.Origin);
    }
}
