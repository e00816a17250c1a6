using System.Text;

namespace Microsoft.ML.Data;

/// <summary>Walks over one line, field by field.</summary>
internal sealed class FieldScanner(TextLineFormat format)
{
    private readonly char[] _separators = format.Separators;
    private readonly bool _spaceSeparates = format.Separators.Contains(' ');
    private readonly StringBuilder _unquoted = new();
    private ReadOnlyMemory<char> _line;
    private int _next;

    /// <summary>The text of the field, without its quotes.</summary>
    public ReadOnlyMemory<char> Text { get; private set; }

    /// <summary>The index in front of a sparse field, else -1.</summary>
    public int SparseIndex { get; private set; }

    public bool QuotingError { get; private set; }

    /// <summary>Where the field starts and ends in the line, counted from one.</summary>
    public (int First, int Last) Place { get; private set; }

    public void Start(ReadOnlyMemory<char> line)
    {
        _line = line;
        _next = 0;
    }

    /// <summary>Reads a field; false when it was the last one.</summary>
    public bool Read()
    {
        var line = _line.Span;
        int at = _next;
        if (!_spaceSeparates)
            SkipSpaces(line, ref at);
        int first = at;
        QuotingError = false;
        SparseIndex = -1;
        Text = default;
        if (format.AllowSparse)
            ReadSparseIndex(line, ref at);
        if (at < line.Length)
        {
            if (line[at] == '"' && format.AllowQuoting)
                ReadQuoted(line, ref at);
            else
                ReadPlain(line, ref at);
        }
        Place = (first + 1, at + 1);
        bool more = at < line.Length;
        _next = more ? at + 1 : at;
        return more;
    }

    private static void SkipSpaces(ReadOnlySpan<char> line, ref int at)
    {
        while (at < line.Length && line[at] == ' ')
            at++;
    }

    // Up to nine digits and a colon.
    private void ReadSparseIndex(ReadOnlySpan<char> line, ref int at)
    {
        if (at >= line.Length || !char.IsAsciiDigit(line[at]))
            return;
        int end = at + 1;
        int limit = Math.Min(line.Length, at + 9);
        while (end < limit && char.IsAsciiDigit(line[end]))
            end++;
        if (end >= line.Length || line[end] != ':')
            return;
        int index = 0;
        for (; at < end; at++)
            index = 10 * index + (line[at] - '0');
        SparseIndex = index;
        at = end + 1;
        if (!_spaceSeparates)
            SkipSpaces(line, ref at);
    }

    private void ReadPlain(ReadOnlySpan<char> line, ref int at)
    {
        int length = line[at..].IndexOfAny(_separators);
        if (length < 0)
            length = line.Length - at;
        Text = _line.Slice(at, length);
        at += length;
    }

    private void ReadQuoted(ReadOnlySpan<char> line, ref int at)
    {
        _unquoted.Clear();
        at++;
        bool closed = format.EscapeChar == '"' ? ReadDoubledQuotes(line, ref at) : ReadEscapedQuotes(line, ref at);
        QuotingError = !closed;
        // Behind the closing quote only spaces may come before the separator.
        for (; at < line.Length && !_separators.AsSpan().Contains(line[at]); at++)
        {
            if (line[at] != ' ')
                QuotingError = true;
        }
        Text = QuotingError ? default : _unquoted.ToString().AsMemory();
    }

    private bool ReadDoubledQuotes(ReadOnlySpan<char> line, ref int at)
    {
        for (; at < line.Length; at++)
        {
            if (line[at] == '"')
            {
                at++;
                if (at >= line.Length || line[at] != '"')
                    return true;
            }
            _unquoted.Append(line[at]);
        }
        return false;
    }

    // The escape character only disappears in front of a quote, and protects whatever follows it.
    private bool ReadEscapedQuotes(ReadOnlySpan<char> line, ref int at)
    {
        for (; at < line.Length; at++)
        {
            char c = line[at];
            if (c == format.EscapeChar)
            {
                at++;
                if (at >= line.Length)
                    return false;
                if (line[at] != '"')
                    _unquoted.Append(c);
            }
            else if (c == '"')
            {
                at++;
                return true;
            }
            _unquoted.Append(line[at]);
        }
        return false;
    }
}
