using Microsoft.ML.Data;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>A pool of adapters as a step of ML.NET.</summary>
internal sealed class TenantTransformer(IHost host, TenantScorer scorer, string labelColumn, string scoreColumn) : ITransformer
{
    public bool IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _ = scorer.InputColumns(inputSchema).Count();
        return OutputColumns.AddTexts(inputSchema, labelColumn, scoreColumn);
    }

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredView(scorer, input, GetOutputSchema(input.Schema), WarnOfTruncation);
    }

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new ScoringRowMapper(scorer, inputSchema, GetOutputSchema(inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new InvalidOperationException(
        "A pool of adapters lives in memory and cannot be saved; save each classifier with ml.Model.Save and load them into a pool.");

    private void WarnOfTruncation(long rows)
    {
        using IChannel channel = host.Start("Scoring");
        channel.Warning(MessageSensitivity.None, $"{rows} rows are longer than their adapters take and were cut.");
    }
}
