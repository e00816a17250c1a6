namespace Microsoft.ML.Lora.Training;

/// <summary>How well scores order rows, whatever the threshold; as scikit-learn computes it. Rows of equal score count as one threshold.</summary>
internal static class RankingMetrics
{
    /// <summary>Area under the receiver operating characteristic: of the second class where there are two, else the mean of every class against the rest.</summary>
    /// <param name="probabilities">One row of C probabilities per example.</param>
    /// <param name="labels">The class of each row.</param>
    /// <returns>Not a number where a class has no row, or all of them.</returns>
    public static double RocAuc(IReadOnlyList<double[]> probabilities, IReadOnlyList<int> labels)
    {
        int classes = probabilities[0].Length;
        return classes == 2 ? RocAuc(probabilities, labels, 1) : Enumerable.Range(0, classes).Average(c => RocAuc(probabilities, labels, c));
    }

    /// <summary>Mean precision over the thresholds at which a row of the second class is found, of two classes.</summary>
    /// <returns>Not a number where that class has no row.</returns>
    public static double AveragePrecision(IReadOnlyList<double[]> probabilities, IReadOnlyList<int> labels)
    {
        double sum = 0, found = 0, seen = 0;
        foreach ((int positive, int rows) in Thresholds(probabilities, labels, 1))
        {
            found += positive;
            seen += rows;
            sum += positive * (found / seen);
        }

        return found > 0 ? sum / found : double.NaN;
    }

    private static double RocAuc(IReadOnlyList<double[]> probabilities, IReadOnlyList<int> labels, int of)
    {
        double above = 0, negatives = 0, positives = 0; // pairs in the right order; equal ones count a half
        foreach ((int positive, int rows) in Thresholds(probabilities, labels, of))
        {
            int negative = rows - positive;
            above += negative * (positives + (positive / 2.0));
            positives += positive;
            negatives += negative;
        }

        return positives > 0 && negatives > 0 ? above / (positives * negatives) : double.NaN;
    }

    /// <summary>From the highest score down: how many rows have it, and how many of them are of the class.</summary>
    private static IEnumerable<(int Positive, int Rows)> Thresholds(IReadOnlyList<double[]> probabilities, IReadOnlyList<int> labels, int of)
    {
        double[] scores = [.. probabilities.Select(p => -p[of])];
        int[] order = [.. Enumerable.Range(0, scores.Length)];
        Array.Sort(scores, order);
        for (int i = 0; i < order.Length;)
        {
            int start = i, positive = 0;
            for (; i < order.Length && scores[i] == scores[start]; i++)
                positive += labels[order[i]] == of ? 1 : 0;
            yield return (positive, i - start);
        }
    }
}
