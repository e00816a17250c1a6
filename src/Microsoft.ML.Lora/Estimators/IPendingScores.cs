namespace Microsoft.ML.Lora.Estimators;

/// <summary>Rows that are being scored while the caller does something else.</summary>
internal interface IPendingScores
{
    /// <summary>Returns when all rows are computed; throws what computing them threw.</summary>
    /// <returns>The class probabilities of each row, in the order in which the rows were given.</returns>
    float[][] Wait();

    /// <summary>Gives up what has not been computed yet. When it returns, nothing uses the model for these rows any more.</summary>
    void Abandon();
}
