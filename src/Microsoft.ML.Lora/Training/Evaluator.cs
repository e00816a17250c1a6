using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Training;

/// <summary>Runs a classifier over a whole set of rows, without a graph and without dropout.</summary>
internal static class Evaluator
{
    /// <summary>Tokens computed at once: enough for full speed, little memory.</summary>
    private const int MaxTokens = 4096;

    private const int MaxRows = 256;

    /// <summary>Evaluates with merged copies of the adapted matrices, which is what scoring uses afterwards.</summary>
    public static EvaluationResult Evaluate(SequenceClassifier classifier, TrainingSet set, CancellationToken cancellationToken = default)
    {
        using MergedAdapter? merged = classifier.MergeForScoring();
        return Evaluate(classifier, merged, set, cancellationToken);
    }

    /// <summary>Evaluates.</summary>
    /// <param name="classifier">What to evaluate.</param>
    /// <param name="merged">Null to compute base and adapters apart.</param>
    /// <param name="set">The rows; at least one.</param>
    /// <param name="cancellationToken">Checked at every batch.</param>
    public static EvaluationResult Evaluate(
        SequenceClassifier classifier, MergedAdapter? merged, TrainingSet set, CancellationToken cancellationToken = default)
    {
        int classes = classifier.Classes;
        float[] logits = new float[checked(set.Count * classes)];
        int[] byLength = [.. Enumerable.Range(0, set.Count)];
        Array.Sort(byLength, (a, b) => set.Length(a) != set.Length(b) ? set.Length(a).CompareTo(set.Length(b)) : a.CompareTo(b));
        float[] scores = new float[MaxRows * classes];
        foreach (int[] rows in byLength.Chunk(MaxRows))
        {
            foreach (ArraySegment<int> part in BatchPlan.Parts(set, rows, MaxTokens))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<float> destination = scores.AsSpan(0, part.Count * classes);
                classifier.Score([.. part.Select(set.Row)], merged, destination, cancellationToken);
                for (int i = 0; i < part.Count; i++)
                    destination.Slice(i * classes, classes).CopyTo(logits.AsSpan(part[i] * classes));
            }
        }

        return Summarise(set, classes, logits);
    }

    /// <summary>What given logits, in the order of the set, come to.</summary>
    public static EvaluationResult Summarise(TrainingSet set, int classes, float[] logits)
    {
        var loss = new ClassificationLoss(classes);
        double[] row = new double[classes], gradient = new double[classes];
        int[] labels = new int[set.Count], predicted = new int[set.Count];
        double sum = 0, weights = 0;
        for (int i = 0; i < set.Count; i++)
        {
            for (int c = 0; c < classes; c++)
                row[c] = logits[i * classes + c];
            labels[i] = set.Label(i);
            predicted[i] = ClassificationMetrics.ArgMax(row);
            sum += loss.Row(row, labels[i], set.Weight(i), gradient);
            weights += set.Weight(i);
        }

        return new EvaluationResult(weights > 0 ? sum / weights : double.NaN, ClassificationMetrics.From(labels, predicted, classes), logits);
    }
}
