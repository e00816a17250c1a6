using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Scores single rows, for <c>PredictionEngine</c>. Many engines on many threads still share batches: see <see cref="ScoringLanes"/>.</summary>
internal sealed class ScoringRowMapper(IRowScorer scorer, DataViewSchema inputSchema, DataViewSchema outputSchema)
    : IRowToRowMapper
{
    public DataViewSchema InputSchema => inputSchema;

    public DataViewSchema OutputSchema => outputSchema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        HashSet<int> depending = [.. dependingColumns.Select(column => column.Index)];
        HashSet<int> needed = [.. depending.Where(index => index < inputSchema.Count)];
        if (depending.Any(index => index >= inputSchema.Count))
            needed.UnionWith(scorer.InputColumns(inputSchema).Select(column => column.Index));
        return [.. inputSchema.Where(column => needed.Contains(column.Index))];
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        if (!ReferenceEquals(input.Schema, inputSchema))
            throw new ArgumentException("The row is of another schema than the one this mapper was made for.", nameof(input));
        return new ScoredRow(scorer, input, outputSchema, [.. activeColumns.Select(column => column.Index)]);
    }
}
