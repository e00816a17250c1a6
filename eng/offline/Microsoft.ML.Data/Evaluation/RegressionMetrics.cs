namespace Microsoft.ML.Data;

/// <summary>Results of a regression.</summary>
public sealed class RegressionMetrics
{
    internal RegressionMetrics(RegressionCounters counters)
    {
        MeanAbsoluteError = counters.MeanAbsoluteError;
        MeanSquaredError = counters.MeanSquaredError;
        RootMeanSquaredError = Math.Sqrt(counters.MeanSquaredError);
        LossFunction = counters.Loss;
        RSquared = counters.RSquared;
    }

    public double MeanAbsoluteError { get; }

    public double MeanSquaredError { get; }

    public double RootMeanSquaredError { get; }

    public double LossFunction { get; }

    public double RSquared { get; }
}
