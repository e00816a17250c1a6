using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How well scores put positive rows above negative ones.</summary>
internal sealed class RankingCurve(Random random)
{
    // The precision/recall curve is made of a sample when there are more rows.
    private const int MaxSample = 100000;
    private readonly List<float> _positive = [];
    private readonly List<float> _negative = [];
    private readonly List<(float Score, bool Positive)> _sample = [];
    private long _count;

    public void Add(float score, bool positive)
    {
        (positive ? _positive : _negative).Add(score);
        _count++;
        if (_sample.Count < MaxSample)
            _sample.Add((score, positive));
        else if (random.NextDouble() * _count < MaxSample)
            _sample[random.Next(MaxSample)] = (score, positive);
    }

    /// <summary>The chance that a positive row has a higher score than a negative one; ties count half.</summary>
    public double GetAreaUnderRocCurve()
    {
        Contracts.CheckParam(_positive.Count > 0, "PosSample", "AUC is not defined when there is no positive class in the data");
        Contracts.CheckParam(_negative.Count > 0, "NegSample", "AUC is not defined when there is no negative class in the data");
        float[] positive = [.. _positive.Order()];
        double sum = 0;
        int below = 0;
        int upTo = 0;
        foreach (float score in _negative.Order())
        {
            while (below < positive.Length && positive[below] < score)
                below++;
            upTo = Math.Max(upTo, below);
            while (upTo < positive.Length && positive[upTo] == score)
                upTo++;
            sum += positive.Length - upTo + 0.5 * (upTo - below);
        }
        return sum / ((double)_positive.Count * _negative.Count);
    }

    /// <summary>Trapezoids between the points that each further row, from the highest score down, adds.</summary>
    public double GetAreaUnderPrecisionRecallCurve()
    {
        int positives = _sample.Count(row => row.Positive);
        double area = 0;
        double previousRecall = 0;
        double previousPrecision = 1;
        int truePositive = 0;
        int falsePositive = 0;
        foreach (var (_, positive) in _sample.OrderByDescending(row => row.Score))
        {
            if (positive)
            {
                truePositive++;
                double recall = (double)truePositive / positives;
                double precision = (double)truePositive / (truePositive + falsePositive);
                area += (recall - previousRecall) * (previousPrecision + precision) / 2;
                previousPrecision = precision;
                previousRecall = recall;
            }
            else
            {
                falsePositive++;
                previousPrecision = (double)truePositive / (truePositive + falsePositive);
            }
        }
        return area;
    }
}
