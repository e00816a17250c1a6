namespace Microsoft.ML.Data;

/// <summary>Results of a multiclass classifier.</summary>
public sealed class MulticlassClassificationMetrics
{
    internal MulticlassClassificationMetrics(ClassCounters counters, int topK, ConfusionMatrix confusionMatrix)
    {
        MicroAccuracy = counters.MicroAccuracy;
        MacroAccuracy = counters.MacroAccuracy;
        LogLoss = counters.LogLoss;
        LogLossReduction = counters.LogLossReduction;
        PerClassLogLoss = Array.AsReadOnly(counters.GetPerClassLogLoss());
        TopKPredictionCount = topK;
        if (topK > 0)
            TopKAccuracyForAllK = Array.AsReadOnly(counters.GetTopAccuracies(topK));
        ConfusionMatrix = confusionMatrix;
    }

    public double LogLoss { get; }

    public double LogLossReduction { get; private set; }

    public double MacroAccuracy { get; }

    public double MicroAccuracy { get; }

    public double TopKAccuracy => TopKAccuracyForAllK?.LastOrDefault() ?? 0;

    public int TopKPredictionCount { get; }

    public IReadOnlyList<double> TopKAccuracyForAllK { get; }

    public IReadOnlyList<double> PerClassLogLoss { get; }

    public ConfusionMatrix ConfusionMatrix { get; }
}
