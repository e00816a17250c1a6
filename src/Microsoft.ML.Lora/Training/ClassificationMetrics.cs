namespace Microsoft.ML.Lora.Training;

/// <summary>
/// What a table of right and predicted classes comes to, all classes 0 .. C-1 counted. A ratio whose denominator is 0 counts as 0, as
/// scikit-learn's <c>zero_division = 0</c>.
/// </summary>
internal sealed class ClassificationMetrics
{
    private readonly long[] _actual;
    private readonly long[] _predicted;

    /// <param name="confusion">(C, C): rows are the right class, columns the predicted one.</param>
    public ClassificationMetrics(long[,] confusion)
    {
        int classes = confusion.GetLength(0);
        if (confusion.GetLength(1) != classes)
            throw new ArgumentException($"The confusion matrix is {classes} x {confusion.GetLength(1)}; it must be square.", nameof(confusion));
        Confusion = confusion;
        _actual = new long[classes];
        _predicted = new long[classes];
        for (int i = 0; i < classes; i++)
        {
            for (int j = 0; j < classes; j++)
            {
                _actual[i] += confusion[i, j];
                _predicted[j] += confusion[i, j];
                Rows += confusion[i, j];
            }

            Correct += confusion[i, i];
        }
    }

    public static ClassificationMetrics From(IReadOnlyList<int> labels, IReadOnlyList<int> predicted, int classes)
    {
        var confusion = new long[classes, classes];
        for (int i = 0; i < labels.Count; i++)
            confusion[labels[i], predicted[i]]++;
        return new ClassificationMetrics(confusion);
    }

    public long[,] Confusion { get; }

    public int Classes => _actual.Length;

    public long Rows { get; }

    public long Correct { get; }

    public double Accuracy => Ratio(Correct, Rows);

    /// <summary>Mean recall over the classes that occur.</summary>
    public double BalancedAccuracy => Enumerable.Range(0, Classes).Where(c => _actual[c] > 0).Select(Recall).DefaultIfEmpty(0).Average();

    public double MacroPrecision => Macro(Precision);

    public double MacroRecall => Macro(Recall);

    public double MacroF1 => Macro(F1);

    /// <summary>Mean F1 over the classes that occur, in the rows or in the predictions.</summary>
    public double MacroF1OfPresent => Enumerable.Range(0, Classes).Where(c => _actual[c] + _predicted[c] > 0).Select(F1).DefaultIfEmpty(0).Average();

    public double WeightedPrecision => Weighted(Precision);

    public double WeightedRecall => Weighted(Recall);

    public double WeightedF1 => Weighted(F1);

    /// <summary>Matthews' correlation coefficient for several classes; 0 where it is not defined.</summary>
    public double MatthewsCorrelation
    {
        get
        {
            double n = Rows, agreement = 0, squaresActual = 0, squaresPredicted = 0;
            for (int c = 0; c < Classes; c++)
            {
                agreement += (double)_actual[c] * _predicted[c];
                squaresActual += (double)_actual[c] * _actual[c];
                squaresPredicted += (double)_predicted[c] * _predicted[c];
            }

            double denominator = Math.Sqrt((n * n - squaresPredicted) * (n * n - squaresActual));
            return denominator == 0 ? 0 : (Correct * n - agreement) / denominator;
        }
    }

    /// <summary>Cohen's kappa; not a number where chance alone gives full agreement.</summary>
    public double Kappa
    {
        get
        {
            double n = Rows, chance = 0;
            for (int c = 0; c < Classes; c++)
                chance += _actual[c] / n * (_predicted[c] / n);
            return (Accuracy - chance) / (1 - chance);
        }
    }

    public double Precision(int c) => Ratio(Confusion[c, c], _predicted[c]);

    public double Recall(int c) => Ratio(Confusion[c, c], _actual[c]);

    public double F1(int c) => Ratio(2 * Confusion[c, c], _actual[c] + _predicted[c]);

    /// <summary>Index of the largest number; the first of equals.</summary>
    public static int ArgMax(ReadOnlySpan<double> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best])
                best = i;
        }

        return best;
    }

    private static double Ratio(long numerator, long denominator) => denominator == 0 ? 0 : numerator / (double)denominator;

    private double Macro(Func<int, double> metric) => Enumerable.Range(0, Classes).Select(metric).DefaultIfEmpty(0).Average();

    private double Weighted(Func<int, double> metric) => Rows == 0 ? 0 : Enumerable.Range(0, Classes).Sum(c => metric(c) * _actual[c]) / Rows;
}
