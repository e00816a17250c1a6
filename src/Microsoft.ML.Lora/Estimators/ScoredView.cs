namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// The input with two columns added. Nothing is computed before a cursor asks for it. Cannot be shuffled: rows are scored in the order
/// in which the input gives them.
/// </summary>
internal sealed class ScoredView(IRowScorer scorer, IDataView input, DataViewSchema schema, Action<long> reportTruncated)
    : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => schema;

    public long? GetRowCount() => input.GetRowCount();

#pragma warning disable RS0030 // The interface names System.Random; it is not used.
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        HashSet<int> active = [.. columnsNeeded.Select(column => column.Index)];
        if (active.Any(index => index >= input.Schema.Count))
            return new BatchScoringCursor(scorer, input, schema, active, reportTruncated);
        return new PassThroughCursor(input.GetRowCursor([.. input.Schema.Where(column => active.Contains(column.Index))]), schema, active);
    }

    /// <summary>One cursor: rows are scored many at a time anyway, and a second one would only shorten the batches.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
#pragma warning restore RS0030
}
