using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Pipeline;

/// <summary>
/// Writes a rewritten piece, code point by code point, and works out where each comes from. Next to a code point stands a change, as in
/// Hugging Face's library: 0 replaces the next source code point, a positive number inserts (the original range is that of the source
/// code point before), and -n replaces the next one and drops the n that follow it.
/// </summary>
internal ref struct AlignedWriter
{
    private readonly TextPiece _source;
    private readonly TextBuffer _destination;
    private int _at;

    public AlignedWriter(TextPiece source, TextBuffer destination)
    {
        _source = source;
        _destination = destination;
    }

    /// <summary>Passes over source code points before the first one that is written.</summary>
    public void Skip(int codePoints)
    {
        if (!_destination.Tracks)
            return;
        for (int i = 0; i < codePoints && _at < _source.Length; i++)
            Advance();
    }

    public void Write(int codePoint, int change)
    {
        if (!_destination.Tracks)
        {
            _destination.AppendCodePoint(codePoint, 0, 0);
            return;
        }

        int from = change > 0 ? _at - 1 : Math.Min(_at, _source.Length - 1);
        if (from < 0)
            _destination.AppendCodePoint(codePoint, _source.Origin, _source.Origin);
        else
            _destination.AppendCodePoint(codePoint, _source.Starts[from], _source.Ends[from]);
        if (change > 0)
            return;
        for (int i = 0; i <= -change && _at < _source.Length; i++)
            Advance();
    }

    private void Advance() => _at += char.IsHighSurrogate(_source.Chars[_at]) && _at + 1 < _source.Length ? 2 : 1;
}
