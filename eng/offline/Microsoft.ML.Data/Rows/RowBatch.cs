namespace Microsoft.ML.Data;

/// <summary>Some rows, copied column by column, on their way from one thread to another.</summary>
/// <param name="Number">Position among the batches of all cursors of the set.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="Columns">One typed array per active column, and the row ids last.</param>
/// <param name="Error">What ended the source, instead of rows.</param>
internal sealed record RowBatch(long Number, int Count, Array[] Columns, Exception Error = null)
{
    public static RowBatch Failed(Exception error) => new(-1, 0, null, error);

    public void ThrowIfFailed()
    {
        if (Error != null)
            throw new InvalidOperationException("Splitter/consolidator worker encountered exception while consuming source data", Error);
    }
}
