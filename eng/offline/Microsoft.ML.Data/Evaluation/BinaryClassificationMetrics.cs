namespace Microsoft.ML.Data;

/// <summary>Results of a binary classifier.</summary>
public class BinaryClassificationMetrics
{
    internal BinaryClassificationMetrics(BinaryCounters counters, RankingCurve curve, ConfusionMatrix confusionMatrix)
    {
        AreaUnderRocCurve = curve.GetAreaUnderRocCurve();
        AreaUnderPrecisionRecallCurve = curve.GetAreaUnderPrecisionRecallCurve();
        Accuracy = counters.Accuracy;
        PositivePrecision = counters.PositivePrecision;
        PositiveRecall = counters.PositiveRecall;
        NegativePrecision = counters.NegativePrecision;
        NegativeRecall = counters.NegativeRecall;
        F1Score = counters.F1Score;
        ConfusionMatrix = confusionMatrix;
    }

    public double AreaUnderRocCurve { get; }

    public double Accuracy { get; }

    public double PositivePrecision { get; }

    public double PositiveRecall { get; }

    public double NegativePrecision { get; }

    public double NegativeRecall { get; }

    public double F1Score { get; }

    public double AreaUnderPrecisionRecallCurve { get; }

    public ConfusionMatrix ConfusionMatrix { get; }
}
