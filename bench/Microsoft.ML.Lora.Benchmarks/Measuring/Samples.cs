namespace Microsoft.ML.Lora.Benchmarks.Measuring;

/// <summary>Times of repeated runs.</summary>
internal sealed class Samples
{
    private readonly List<double> _milliseconds = [];

    /// <summary>Processor time of the whole process in the same runs, where it was measured.</summary>
    public List<double> ProcessorMilliseconds { get; } = [];

    public int Count => _milliseconds.Count;

    public double Minimum => _milliseconds.Min();

    public double Median => Quantile(0.5);

    public void Add(TimeSpan time) => _milliseconds.Add(time.TotalMilliseconds);

    /// <summary>The median of the ratios that the rounds of an interleaved measurement gave: what hits a whole round cancels out.</summary>
    public static double MedianRatio(Samples numerator, Samples denominator)
    {
        var ratios = new Samples();
        ratios._milliseconds.AddRange(numerator._milliseconds.Zip(denominator._milliseconds, (a, b) => a / b));
        return ratios.Median;
    }

    /// <summary>Linear interpolation between the two nearest samples.</summary>
    public double Quantile(double share)
    {
        double[] sorted = [.. _milliseconds.Order()];
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        return below + 1 < sorted.Length ? sorted[below] + (position - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
