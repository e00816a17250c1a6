namespace Microsoft.ML.Data;

/// <summary>Results of a binary classifier that tells probabilities.</summary>
public sealed class CalibratedBinaryClassificationMetrics : BinaryClassificationMetrics
{
    internal CalibratedBinaryClassificationMetrics(BinaryCounters counters, RankingCurve curve, ConfusionMatrix confusionMatrix)
        : base(counters, curve, confusionMatrix)
    {
        LogLoss = counters.LogLoss;
        LogLossReduction = counters.LogLossReduction;
        Entropy = counters.Entropy;
    }

    public double LogLoss { get; }

    public double LogLossReduction { get; }

    public double Entropy { get; }
}
