namespace Microsoft.ML.Data;

/// <summary>Sums over the rows of a binary test set. A row counts as predicted positive when its score is above zero.</summary>
internal sealed class BinaryCounters
{
    private double _truePositive;
    private double _trueNegative;
    private double _falsePositive;
    private double _falseNegative;
    private double _positivesWithProbability;
    private double _negativesWithProbability;
    private double _logLoss;

    public double Accuracy => (_trueNegative + _truePositive) / Total;

    public double PositiveRecall => Ratio(_truePositive, _falseNegative);

    public double PositivePrecision => Ratio(_truePositive, _falsePositive);

    public double NegativeRecall => Ratio(_trueNegative, _falsePositive);

    public double NegativePrecision => Ratio(_trueNegative, _falseNegative);

    public double F1Score
    {
        get
        {
            double sum = PositivePrecision + PositiveRecall;
            return sum == 0 ? 0 : 2 * PositivePrecision * PositiveRecall / sum;
        }
    }

    public double Entropy => GetEntropy((_truePositive + _falseNegative) / Total);

    public double LogLoss => double.IsNaN(_logLoss) ? double.NaN
        : WithProbability > 0 ? _logLoss / WithProbability : 0;

    public double LogLossReduction
    {
        get
        {
            if (WithProbability == 0)
                return 0;
            double prior = GetEntropy(_positivesWithProbability / WithProbability);
            return (prior - _logLoss / WithProbability) / prior;
        }
    }

    /// <summary>The positive class comes first.</summary>
    public double[][] Confusion => [[_truePositive, _falseNegative], [_falsePositive, _trueNegative]];

    private double Total => _truePositive + _trueNegative + _falseNegative + _falsePositive;

    private double WithProbability => _positivesWithProbability + _negativesWithProbability;

    public void Add(float score, float probability, float label)
    {
        bool positive = label > 0;
        if (positive && score > 0)
            _truePositive++;
        else if (positive)
            _falseNegative++;
        else if (score > 0)
            _falsePositive++;
        else
            _trueNegative++;

        if (float.IsNaN(probability))
        {
            _logLoss = double.NaN;
            return;
        }
        if (positive)
            _positivesWithProbability++;
        else
            _negativesWithProbability++;
        _logLoss += -Math.Log(positive ? probability : 1.0 - probability, 2);
    }

    private static double Ratio(double part, double rest) => part + rest > 0 ? part / (part + rest) : 0;

    private static double GetEntropy(double probability)
    {
        if (probability is < 0 or > 1)
            return double.NaN;
        return probability is 0 or 1
            ? 0
            : -probability * Math.Log(probability, 2) - (1 - probability) * Math.Log(1 - probability, 2);
    }
}
