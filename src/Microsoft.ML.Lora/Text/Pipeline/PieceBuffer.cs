namespace Microsoft.ML.Lora.Text.Pipeline;

/// <summary>
/// The pieces that one stage of the pipeline hands to the next: texts still to be worked on, and added tokens, which are finished.
/// Each stage reads one buffer and writes another; empty pieces are dropped.
/// </summary>
internal sealed class PieceBuffer
{
    private readonly TextBuffer _text = new();
    private Entry[] _entries = new Entry[64];

    public int Count { get; private set; }

    /// <summary>The text that the open piece is appended to.</summary>
    public TextBuffer Text => _text;

    public void Clear(bool tracks)
    {
        _text.Clear(tracks);
        Count = 0;
    }

    public TextPiece this[int index] => _text.Slice(_entries[index].Start, _entries[index].Length, _entries[index].Origin);

    /// <summary>The id of an added token; -1 for a piece of text.</summary>
    public int TokenId(int index) => _entries[index].TokenId;

    /// <summary>Adds a piece as it is.</summary>
    public void Add(TextPiece piece, int tokenId = -1)
    {
        if (piece.Length == 0)
            return;
        int start = _text.Length;
        _text.Append(piece);
        Close(start, piece.Origin, tokenId);
    }

    /// <summary>Ends the piece that was written to <see cref="Text"/> from <paramref name="start"/> on.</summary>
    public void Close(int start, int origin, int tokenId = -1)
    {
        if (_text.Length == start)
            return;
        if (Count == _entries.Length)
            Array.Resize(ref _entries, 2 * Count);
        _entries[Count++] = new Entry(start, _text.Length - start, origin, tokenId);
    }

    private readonly record struct Entry(int Start, int Length, int Origin, int TokenId);
}
