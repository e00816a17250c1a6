using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The parsed rows a cursor holds, one pipe per active column.</summary>
internal sealed class RowBuffer(ParseStatistics statistics, int capacity)
{
    public ParseStatistics Statistics { get; } = statistics;

    public int Capacity { get; } = capacity;

    public ColumnPipe[] Pipes { get; set; }

    /// <summary>The row being served, -1 when there is none.</summary>
    public int Current { get; set; } = -1;

    public int CurrentOrThrow()
    {
        Contracts.Check(Current >= 0);
        return Current;
    }
}
