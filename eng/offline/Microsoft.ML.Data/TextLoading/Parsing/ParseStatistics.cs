using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Counts and reports what could not be read; shared by the cursors of a set.</summary>
internal sealed class ParseStatistics
{
    private readonly IChannel _channel;
    private readonly long _maxShown;
    private int _users;
    private long _rows;
    private long _badValues;
    private long _badFormats;

    public ParseStatistics(IChannelProvider provider, int users, long maxShown = 10)
    {
        _channel = provider.Start("ParseStats");
        _users = users;
        _maxShown = maxShown;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) != 0)
            return;
        if (_badValues > 0 || _badFormats > 0)
            _channel.Info("Processed {0} rows with {1} bad values and {2} format errors", _rows, _badValues, _badFormats);
        _channel.Dispose();
    }

    public void CountRow() => Interlocked.Increment(ref _rows);

    public void BadValue(long line, string column, int? slot = null)
    {
        long count = Interlocked.Increment(ref _badValues);
        if (count > _maxShown)
            return;
        string place = slot is { } index ? $" at slot {index}" : "";
        _channel.Info($"  Bad value at line {line} in column {column}{place}");
        if (count == _maxShown)
            _channel.Info("  Suppressing further bad value messages");
    }

    public void BadFormat(string path, long line, int first, int last, string message)
    {
        long count = Interlocked.Increment(ref _badFormats);
        if (count > _maxShown)
            return;
        if (line > 0)
            _channel.Warning("Format error at {0}({1},{2})-({1},{3}): {4}", path, line, first, last, message);
        else
            _channel.Warning("Format error: {0}", message);
        if (count == _maxShown)
            _channel.Warning("Suppressing further format error messages");
    }
}
