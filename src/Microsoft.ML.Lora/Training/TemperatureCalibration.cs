namespace Microsoft.ML.Lora.Training;

/// <summary>
/// Temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv 1706.04599, section 4.2): the T > 0 that minimises the
/// mean negative log-likelihood of <c>softmax(logits / T)</c>, between 0.01 and 100. It never changes which class is the most probable.
/// </summary>
internal static class TemperatureCalibration
{
    private const double MinimumTemperature = 0.01;
    private const double MaximumTemperature = 100;

    /// <summary>Bins of the expected calibration error.</summary>
    public const int Bins = 15;

    /// <summary>
    /// Fits T. The likelihood is convex in 1/T, so T is the root of its derivative; where there is none inside the limits (data that the
    /// logits separate), it is the limit itself.
    /// </summary>
    /// <param name="logits">One row of C logits per example.</param>
    /// <param name="labels">The class of each row.</param>
    public static double Fit(IReadOnlyList<double[]> logits, IReadOnlyList<int> labels)
    {
        if (logits.Count == 0 || logits.Count != labels.Count)
            throw new ArgumentException($"{logits.Count} rows of logits and {labels.Count} labels; at least one row is needed, and as many labels.");
        double low = 1 / MaximumTemperature;
        double high = 1 / MinimumTemperature;
        if (Slope(logits, labels, low) >= 0)
            return MaximumTemperature;
        if (Slope(logits, labels, high) <= 0)
            return MinimumTemperature;

        // Bisection in the logarithm: 60 halvings of four decades reach double precision.
        for (int i = 0; i < 200 && high / low > 1 + 1e-15; i++)
        {
            double middle = Math.Sqrt(low * high);
            if (middle <= low || middle >= high)
                break;
            if (Slope(logits, labels, middle) < 0)
                low = middle;
            else
                high = middle;
        }

        return 1 / Math.Sqrt(low * high);
    }

    /// <summary>Whether the likelihood has no maximum inside the limits.</summary>
    public static bool IsAtLimit(double temperature) => temperature is MinimumTemperature or MaximumTemperature;

    /// <summary>Mean negative log-likelihood at a temperature.</summary>
    public static double NegativeLogLikelihood(IReadOnlyList<double[]> logits, IReadOnlyList<int> labels, double temperature)
    {
        double sum = 0;
        double[]? scaled = null;
        for (int i = 0; i < logits.Count; i++)
        {
            scaled = Scaled(logits[i], temperature, scaled);
            sum += ClassificationLoss.LogSumExp(scaled) - scaled[labels[i]];
        }

        return sum / logits.Count;
    }

    /// <summary>
    /// Expected calibration error at a temperature: over 15 bins (i/15, (i+1)/15] of the highest probability, the mean of
    /// |accuracy - mean probability| weighted by the bins' sizes.
    /// </summary>
    public static double ExpectedCalibrationError(IReadOnlyList<double[]> logits, IReadOnlyList<int> labels, double temperature) =>
        Reliability(logits, labels, temperature).Sum(bin => Math.Abs(bin.Right - bin.ConfidenceSum)) / logits.Count;

    /// <summary>The bins of <see cref="ExpectedCalibrationError"/>, empty ones too.</summary>
    public static ReliabilityBin[] Reliability(IReadOnlyList<double[]> logits, IReadOnlyList<int> labels, double temperature)
    {
        var bins = new ReliabilityBin[Bins];
        double[]? scaled = null;
        for (int i = 0; i < logits.Count; i++)
        {
            scaled = Scaled(logits[i], temperature, scaled);
            int top = ClassificationMetrics.ArgMax(scaled);
            double p = Math.Exp(scaled[top] - ClassificationLoss.LogSumExp(scaled));
            int bin = 0;
            while (bin < Bins - 1 && p > (bin + 1) / (double)Bins)
                bin++;
            bins[bin] = new ReliabilityBin(bins[bin].Count + 1, bins[bin].Right + (top == labels[i] ? 1 : 0), bins[bin].ConfidenceSum + p);
        }

        return bins;
    }

    /// <summary>Derivative of the likelihood with respect to 1/T: the mean of <c>E_p[z] - z[y]</c>, rising in 1/T.</summary>
    private static double Slope(IReadOnlyList<double[]> logits, IReadOnlyList<int> labels, double inverse)
    {
        double sum = 0;
        for (int i = 0; i < logits.Count; i++)
        {
            double[] z = logits[i];
            double largest = z.Max();
            double weights = 0, mean = 0;
            foreach (double value in z)
            {
                double w = Math.Exp((value - largest) * inverse);
                weights += w;
                mean += w * (value - z[labels[i]]);
            }

            sum += mean / weights;
        }

        return sum / logits.Count;
    }

    private static double[] Scaled(double[] logits, double temperature, double[]? reuse)
    {
        double[] result = reuse?.Length == logits.Length ? reuse : new double[logits.Length];
        for (int c = 0; c < result.Length; c++)
            result[c] = logits[c] / temperature;
        return result;
    }
}
