namespace Microsoft.ML.Lora.Training;

/// <summary>
/// Cross entropy and focal loss over classes, with their gradients, in double: the logits of a batch are few, and a loss computed here is the
/// same bits on every machine.
/// </summary>
/// <remarks>
/// Cross entropy with class weights w and label smoothing e: a row of class y costs
/// <c>(1 - e) w[y] (-log p[y]) + (e / C) sum_c w[c] (-log p[c])</c>; the mean divides by the sum of <c>w[y]</c>.
/// Focal: <c>-w[y] (1 - p[y])^gamma log p[y]</c>; the mean divides by the number of rows. A row's own weight multiplies both its cost and its
/// part of the divisor.
/// </remarks>
/// <param name="classes">Number of classes, C.</param>
/// <param name="classWeights">w; null when all are 1.</param>
/// <param name="labelSmoothing">e.</param>
/// <param name="focalGamma">gamma; null for cross entropy.</param>
internal sealed class ClassificationLoss(int classes, IReadOnlyList<double>? classWeights = null, double labelSmoothing = 0, double? focalGamma = null)
{
    public int Classes => classes;

    /// <summary>What a row adds to the divisor of the mean.</summary>
    public double DivisorOf(int label, double rowWeight) => focalGamma is null ? rowWeight * WeightOf(label) : rowWeight;

    /// <summary>The loss of one row times its weight; writes the gradient of that number.</summary>
    /// <param name="logits">(C).</param>
    /// <param name="label">The class.</param>
    /// <param name="rowWeight">The example's weight.</param>
    /// <param name="gradient">(C), overwritten.</param>
    public double Row(ReadOnlySpan<double> logits, int label, double rowWeight, Span<double> gradient)
    {
        ThrowUnlessRow(logits, gradient);
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(label, classes);

        if (focalGamma is null)
        {
            gradient.Clear();
            gradient[label] = 1;
            return CrossEntropy(logits, rowWeight, gradient);
        }

        double logSum = LogSumExp(logits);
        double logP = logits[label] - logSum;
        double gamma = focalGamma.Value;
        double p = Math.Exp(logP);
        double rest = 1 - p;
        double power = Math.Pow(rest, gamma);
        double scale = rowWeight * WeightOf(label);
        double slope = power - (gamma == 0 ? 0 : gamma * p * Math.Pow(rest, gamma - 1) * logP);
        if (rest <= 0) // p rounds to 1: cost and slope vanish, or are those of cross entropy at gamma 0
            slope = gamma == 0 ? 1 : 0;
        for (int c = 0; c < classes; c++)
            gradient[c] = scale * slope * (Math.Exp(logits[c] - logSum) - (c == label ? 1 : 0));
        return -scale * power * logP;
    }

    /// <summary>Cross entropy against a probability of each class, smoothed as a class is: <c>-sum_c w[c] ((1 - e) q[c] + e / C) log p[c]</c>.</summary>
    /// <param name="logits">(C).</param>
    /// <param name="rowWeight">The example's weight.</param>
    /// <param name="targets">(C): q when called, overwritten with the gradient.</param>
    public double CrossEntropy(ReadOnlySpan<double> logits, double rowWeight, Span<double> targets)
    {
        ThrowUnlessRow(logits, targets);
        double logSum = LogSumExp(logits);
        double loss = 0;
        double total = 0;
        for (int c = 0; c < classes; c++)
        {
            double target = rowWeight * WeightOf(c) * (labelSmoothing / classes + (1 - labelSmoothing) * targets[c]);
            if (target != 0)
                loss -= target * (logits[c] - logSum);
            total += target;
            targets[c] = -target;
        }

        for (int c = 0; c < classes; c++)
            targets[c] += total * Math.Exp(logits[c] - logSum);
        return loss;
    }

    private void ThrowUnlessRow(ReadOnlySpan<double> logits, Span<double> gradient)
    {
        if (logits.Length != classes || gradient.Length != classes)
            throw new ArgumentException($"A row has {logits.Length} logits and {gradient.Length} gradients; there are {classes} classes.");
    }

    /// <summary><c>log sum_c exp(x_c)</c> without overflow.</summary>
    public static double LogSumExp(ReadOnlySpan<double> x)
    {
        double largest = double.NegativeInfinity;
        foreach (double value in x)
            largest = Math.Max(largest, value);
        if (double.IsNaN(largest) || double.IsInfinity(largest))
            return largest;
        double sum = 0;
        foreach (double value in x)
            sum += Math.Exp(value - largest);
        return largest + Math.Log(sum);
    }

    private double WeightOf(int label) => classWeights is null ? 1 : classWeights[label];
}
