using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Hands out the lines of some files in batches; the cursors of a set share one reader.</summary>
internal sealed class TextLineReader : IDisposable
{
    private readonly IEnumerator<TextLineBatch> _batches;
    private readonly object _lock = new();
    private int _users;
    private Exception _error;

    public TextLineReader(IMultiStreamSource files, TextLineFormat format, int batchSize, bool skipHeader, long limit, int users)
    {
        _batches = Read(files, format, batchSize, skipHeader, limit).GetEnumerator();
        _users = users;
    }

    /// <summary>Null at the end.</summary>
    public TextLineBatch GetBatch()
    {
        lock (_lock)
        {
            if (_error == null)
            {
                try
                {
                    return _batches.MoveNext() ? _batches.Current : null;
                }
                catch (Exception ex)
                {
                    _error = ex;
                }
            }
        }
        throw Contracts.ExceptDecode(null, _error, "Stream reading encountered exception");
    }

    /// <summary>Gives up one of the uses.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            _batches.Dispose();
    }

    private static IEnumerable<TextLineBatch> Read(IMultiStreamSource files, TextLineFormat format, int batchSize, bool skipHeader, long limit)
    {
        long total = 0;
        long number = 0;
        for (int file = 0; file < files.Count && total < limit; file++)
        {
            string path = files.GetPathOrNull(file);
            using var reader = files.OpenTextReader(file);
            var lines = new List<TextLine>();
            foreach (var line in ReadFile(reader, format, skipHeader))
            {
                lines.Add(line);
                if (lines.Count == batchSize || total + lines.Count == limit)
                {
                    yield return new TextLineBatch(path, total, number++, lines);
                    total += lines.Count;
                    lines = [];
                    if (total == limit)
                        yield break;
                }
            }
            if (lines.Count > 0)
            {
                yield return new TextLineBatch(path, total, number++, lines);
                total += lines.Count;
            }
        }
    }

    // Comments with # only count before the first line; the header is the first line that is no comment.
    private static IEnumerable<TextLine> ReadFile(TextReader reader, TextLineFormat format, bool skipHeader)
    {
        var multiline = format.ReadMultilines ? new MultilineReader(reader, format) : null;
        long number = 0;
        bool started = false;
        while (true)
        {
            string text = multiline != null ? multiline.ReadLine(number, ignoreHash: !started) : reader.ReadLine();
            if (text == null)
                yield break;
            number++;
            // Before the first line the original compares by culture, which overlooks invisible characters.
            var comparison = started ? StringComparison.Ordinal : StringComparison.CurrentCulture;
            if (text.Length == 0 || text.StartsWith("//", comparison) || (!started && text[0] == '#'))
                continue;
            bool header = !started && skipHeader;
            started = true;
            if (!header)
                yield return new TextLine(number, text);
        }
    }
}
