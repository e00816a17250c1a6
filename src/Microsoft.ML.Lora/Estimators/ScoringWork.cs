namespace Microsoft.ML.Lora.Estimators;

/// <summary>Rows of one request that are computed together.</summary>
/// <param name="Request">Whose they are.</param>
/// <param name="RowIndices">Which of its rows.</param>
/// <param name="Tokens">Of all these rows.</param>
internal sealed record ScoringWork(ScoringRequest Request, int[] RowIndices, int Tokens)
{
    /// <summary>Gives the rows up.</summary>
    public void Fail(Exception error)
    {
        foreach (int _ in RowIndices)
            Request.Fail(error);
    }
}
