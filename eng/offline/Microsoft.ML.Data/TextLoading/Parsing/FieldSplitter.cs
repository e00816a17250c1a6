using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Data;

/// <summary>Splits a line into its fields: dense ones, then perhaps sparse ones.</summary>
internal sealed class FieldSplitter(ParseStatistics statistics, TextLineFormat format, int lastNeeded)
{
    private const string NoSize = "Missing dimensionality or ambiguous sparse item. Use sparse=- for non-sparse file, and/or quote the value.";
    private const string BadSize = "Bad dimensionality or ambiguous sparse item. Use sparse=- for non-sparse file, and/or quote the value.";
    private readonly FieldScanner _scanner = new(format);
    private string _path;
    private long _line;

    public FieldSet Fields { get; } = new();

    /// <summary>Fills <see cref="Fields"/> and returns the number of fields of the line.</summary>
    public int Split(ReadOnlyMemory<char> line, string path = null, long lineNumber = 0)
    {
        (_path, _line) = (path, lineNumber);
        Fields.Clear();
        _scanner.Start(line);
        return format.AllowSparse ? SplitSparse() : SplitDense();
    }

    private bool ReadField()
    {
        bool more = _scanner.Read();
        if (_scanner.QuotingError)
            Report("Illegal quoting");
        return more;
    }

    private void Report(string message)
        => statistics.BadFormat(_path, _line, _scanner.Place.First, _scanner.Place.Last, message);

    private int SplitDense()
    {
        int index = 0;
        bool more;
        do
        {
            more = ReadField();
            // Empty fields only matter when they may become NaN.
            if (!_scanner.Text.IsEmpty || format.MissingRealsAsNaNs)
                Fields.Add(index, _scanner.Text);
            index++;
        }
        while (more && index <= lastNeeded);
        return index;
    }

    private int SplitSparse()
    {
        int index = 0;
        while (true)
        {
            bool more = ReadField();
            if (_scanner.SparseIndex >= 0)
                return StartSparse(index, more);
            if (!_scanner.Text.IsEmpty)
                Fields.Add(index, _scanner.Text);
            // One field more than needed: it could turn out to be the length of the sparse part.
            if (index++ > lastNeeded || !more)
                return Math.Max(index, format.InputSize);
        }
    }

    // The current field is the first sparse one; the dense fields end at "index".
    private int StartSparse(int index, bool more)
    {
        int size = format.InputSize;
        int needed = lastNeeded;
        int denseCount;
        if (size == 0)
        {
            // The last dense field says how many sparse ones there are.
            if (Fields.Count == 0 || Fields.IndexAt(Fields.Count - 1) != index - 1)
            {
                Report(NoSize);
                return index;
            }
            var text = Fields.TextAt(Fields.Count - 1);
            if (!TextParsing.TrySigned(text.Span, int.MaxValue, out long count) || count <= 0)
            {
                Report(BadSize);
                return index;
            }
            denseCount = index - 1;
            Fields.RemoveLast();
            size = denseCount + (int)Math.Min(count, TextSegment.Endless - denseCount - 1);
            needed = Math.Min(needed, size - 1);
        }
        else
            denseCount = Fields.Count;
        ReadSparse(denseCount, size - denseCount, needed - denseCount, more);
        return size;
    }

    private void ReadSparse(int denseCount, int sparseCount, int needed, bool more)
    {
        int previous = -1;
        while (true)
        {
            int current = _scanner.SparseIndex;
            if (current < 0)
            {
                Report("Non-sparse formatted value follows sparse formatted value");
                return;
            }
            if (current > needed)
            {
                if (current >= sparseCount)
                {
                    Report("Sparse item index larger than expected. Is the specified size incorrect?");
                    return;
                }
                if (current > needed + 1)
                    return;
            }
            if (previous >= current)
            {
                Report("Sparse indices out of order");
                return;
            }
            previous = current;
            if (!_scanner.Text.IsEmpty)
                Fields.Add(denseCount + current, _scanner.Text);
            if (!more)
                return;
            more = ReadField();
        }
    }
}
