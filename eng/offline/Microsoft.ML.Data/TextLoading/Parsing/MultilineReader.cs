using System.Text;

namespace Microsoft.ML.Data;

/// <summary>Reads lines, and goes on reading where a quoted field is still open at the end of the line.</summary>
internal sealed class MultilineReader(TextReader reader, TextLineFormat format)
{
    private readonly bool _spaceSeparates = format.Separators.Contains(' ');

    public string ReadLine(long number, bool ignoreHash)
    {
        string line = reader.ReadLine();
        if (string.IsNullOrEmpty(line))
            return line;
        // As in the original, a line that is a single slash is read past its end.
        if ((line[0] == '/' && line[1] == '/') || (ignoreHash && line[0] == '#') || !EndsInsideQuotes(line, false))
            return line;

        var text = new StringBuilder(line);
        do
        {
            line = reader.ReadLine() ?? throw new EndOfStreamException(
                $"A quoted field opened on line {number} was never closed, and we've read to the last line in the file without finding the closing quote");
            text.Append('\n').Append(line);
        }
        while (EndsInsideQuotes(line, true));
        return text.ToString();
    }

    private bool EndsInsideQuotes(string line, bool startsInside)
    {
        if (line.Length == 0)
            return startsInside;
        int at = 0;
        bool error = false;
        bool open = ReadField(line, ref at, ref error, startsInside);
        while (at < line.Length)
        {
            open = ReadField(line, ref at, ref error, false);
            if (error)
                return false;
            while (at < line.Length && IsSeparator(line[at]))
                at++;
        }
        return open;
    }

    // True when the field is still open at the end of the line. Stops in front of a separator.
    private bool ReadField(string line, ref int at, ref bool error, bool startsInside)
    {
        if (!startsInside)
            SkipSpaces(line, ref at);
        if (at >= line.Length)
            return startsInside;
        if (!startsInside && line[at] != '"')
        {
            while (at < line.Length && !IsSeparator(line[at]))
                at++;
            return false;
        }
        if (!startsInside)
            at++;
        if (!FindClosingQuote(line, ref at))
            return true;
        SkipSpaces(line, ref at);
        error |= at < line.Length && !IsSeparator(line[at]);
        return false;
    }

    private bool FindClosingQuote(string line, ref int at)
    {
        for (; at < line.Length; at++)
        {
            if (format.EscapeChar == '"')
            {
                if (line[at] != '"')
                    continue;
                at++;
                if (at >= line.Length || line[at] != '"')
                    return true;
            }
            else if (line[at] == format.EscapeChar)
                at++;
            else if (line[at] == '"')
            {
                // Unlike above, the quote itself is not passed over.
                return true;
            }
        }
        return false;
    }

    private void SkipSpaces(string line, ref int at)
    {
        if (_spaceSeparates)
            return;
        while (at < line.Length && line[at] == ' ')
            at++;
    }

    private bool IsSeparator(char c) => format.Separators.AsSpan().Contains(c);
}
