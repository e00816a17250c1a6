using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.PreTokenizers;

/// <summary>
/// sentencepiece's blanks: a visible character stands for each blank and before the text (always, or only at the very beginning, or
/// never; not twice), and a word is cut before it.
/// </summary>
internal sealed class MetaspacePreTokenizer(string replacement, MetaspaceScheme scheme, bool split) : TextPreTokenizer
{
    [ThreadStatic]
    private static TextBuffer? t_replaced;

    public override bool LooksAtOrigin => scheme == MetaspaceScheme.First;

    public override void Split(TextPiece source, PieceBuffer destination)
    {
        TextBuffer replaced = t_replaced ??= new TextBuffer();
        bool tracks = destination.Text.Tracks;
        replaced.Clear(tracks, source.Origin);
        ReadOnlySpan<char> text = source.Chars;
        bool begins = text.StartsWith(replacement) || text[0] == ' ';
        if (!begins && (scheme == MetaspaceScheme.Always || (scheme == MetaspaceScheme.First && source.Origin == 0)))
            AppendReplacement(replaced, tracks ? source.Starts[0] : 0, tracks ? source.Ends[0] : 0);
        for (int done = 0; done < text.Length;)
        {
            int blank = text[done..].IndexOf(' ');
            int end = blank < 0 ? text.Length : done + blank;
            replaced.Append(source.Slice(done, end - done));
            done = end;
            if (blank < 0)
                break;
            AppendReplacement(replaced, tracks ? source.Starts[done] : 0, tracks ? source.Ends[done] : 0);
            done++;
        }

        TextPiece piece = replaced.Piece;
        if (!split)
        {
            destination.Add(piece);
            return;
        }

        int start = 0;
        while (start < piece.Length)
        {
            int next = piece.Chars[(start + 1)..].IndexOf(replacement);
            int end = next < 0 ? piece.Length : start + 1 + next;
            destination.Add(piece.Slice(start, end - start));
            start = end;
        }
    }

    private void AppendReplacement(TextBuffer destination, int start, int end)
    {
        foreach (char c in replacement)
            destination.Append(c, start, end);
    }
}
