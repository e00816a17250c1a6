namespace Microsoft.ML.Data;

/// <summary>Sums over the rows of a regression test set.</summary>
internal sealed class RegressionCounters
{
    private double _count;
    private double _absolute;
    private double _squared;
    private double _loss;
    private double _labels;
    private double _squaredLabels;

    public double MeanAbsoluteError => Mean(_absolute);

    public double MeanSquaredError => Mean(_squared);

    public double Loss => Mean(_loss);

    public double RSquared
    {
        get
        {
            if (_count == 0)
                return 0;
            double variation = _squaredLabels - _labels * _labels / _count;
            return variation == 0 ? double.NaN : 1 - _squared / variation;
        }
    }

    public void Add(float label, float score)
    {
        double error = Math.Abs((double)label - score);
        // The loss function works in single precision.
        float difference = score - label;
        _count++;
        _labels += label;
        _squaredLabels += label * label;
        _absolute += error;
        _squared += error * error;
        _loss += difference * difference;
    }

    private double Mean(double sum) => _count > 0 ? sum / _count : 0;
}
