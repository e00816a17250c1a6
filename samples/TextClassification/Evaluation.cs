namespace TextClassification;

/// <summary>How often each label was predicted for each true label.</summary>
/// <param name="Labels">In the order of the rows and columns.</param>
/// <param name="Counts">By true label, then by predicted label.</param>
internal sealed record Evaluation(IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<double>> Counts)
{
    public double Rows => Counts.Sum(row => row.Sum());

    public double Correct => Labels.Select((_, i) => Counts[i][i]).Sum();

    public double Accuracy => Rows == 0 ? 0 : Correct / Rows;

    /// <summary>Mean over the labels of 2 TP / (2 TP + FP + FN); labels that neither occur nor are predicted are left out.</summary>
    public double MacroF1
    {
        get
        {
            List<double> scores = [];
            for (int i = 0; i < Labels.Count; i++)
            {
                double truth = Counts[i].Sum();
                double predicted = Counts.Sum(row => row[i]);
                if (truth + predicted > 0)
                    scores.Add(2 * Counts[i][i] / (truth + predicted));
            }

            return scores.Count == 0 ? 0 : scores.Average();
        }
    }

    /// <summary>The share of rows with this label that were recognised; null when there are none.</summary>
    public double? Recall(int label) => Counts[label].Sum() is > 0 and var rows ? Counts[label][label] / rows : null;
}
