namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>The lines of a text, ended by LF or CR LF and nothing else.</summary>
internal ref struct LineSplitter(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text;

    public ReadOnlySpan<char> Current { get; private set; }

    public readonly LineSplitter GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_rest.IsEmpty)
            return false;
        int end = _rest.IndexOf('\n');
        ReadOnlySpan<char> line = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? default : _rest[(end + 1)..];
        Current = line.EndsWith("\r") && end >= 0 ? line[..^1] : line;
        return true;
    }
}
