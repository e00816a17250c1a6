using Microsoft.ML.Lora.Adapters;

namespace Microsoft.ML.Lora.Training;

/// <summary>
/// The learning rate range test (Smith 2015, "Cyclical Learning Rates for Training Neural Networks", arXiv 1506.01186, section 3.3): a short
/// training whose rate rises exponentially, until the loss diverges.
/// </summary>
internal static class LearningRateFinder
{
    /// <summary>Changes the classifier, which is of no use afterwards.</summary>
    /// <param name="classifier">A fresh one.</param>
    /// <param name="train">The rows.</param>
    /// <param name="options">How the training itself will be; rates of head and LoRA+ keep their ratio to the learning rate.</param>
    /// <param name="finder">What to try.</param>
    /// <param name="seed">Of everything random.</param>
    /// <param name="warn">Lines that a user should see.</param>
    /// <param name="cancellationToken">Checked between layers.</param>
    public static LearningRateCurve Run(
        SequenceClassifier classifier, TrainingSet train, TrainingOptions options, LearningRateFinderOptions finder, ulong seed, Action<string> warn,
        CancellationToken cancellationToken)
    {
        TrainingInput.Validate(classifier, train, null, WithoutValidation(options));
        TrainingInput.StartFrom(classifier, options, _ => { });
        var step = new TrainingStep(
            classifier, TrainingInput.CreateLoss(options, train, warn), seed, options.MaxTokensPerBatch, options.EmbeddingNoise, options.RecomputeActivations);
        ClassifierOptimizer optimizer = ClassifierOptimizer.Create(
            classifier.Parameters, options, highest => at => highest / options.LearningRate * RateOf(finder, at));
        var points = new List<LearningRatePoint>();
        (double mean, double weight, double smallest) = (0, 0, double.PositiveInfinity);
        int epoch = 0;
        while (points.Count < finder.Steps)
        {
            foreach (int[] batch in BatchPlan.Epoch(train, options, seed, epoch++))
            {
                cancellationToken.ThrowIfCancellationRequested();
                (double sum, double divisor) = step.Run(train, batch, points.Count, cancellationToken);
                if (divisor == 0)
                    continue; // every row weighs 0
                double loss = sum / divisor;
                mean = (finder.Smoothing * mean) + ((1 - finder.Smoothing) * loss);
                weight = (finder.Smoothing * weight) + (1 - finder.Smoothing); // what a mean of ones would be by now
                double smoothed = mean / weight;
                double norm = double.IsFinite(loss) ? optimizer.CollectGradients() : double.NaN;
                if (!double.IsFinite(norm))
                    return new LearningRateCurve(points, Suggest(points));
                points.Add(new LearningRatePoint(RateOf(finder, points.Count), loss, smoothed));
                smallest = Math.Min(smallest, smoothed);
                if (points.Count == finder.Steps || smoothed > finder.DivergenceFactor * smallest)
                    return new LearningRateCurve(points, Suggest(points));
                optimizer.Step(points.Count - 1, norm);
            }
        }

        return new LearningRateCurve(points, Suggest(points));
    }

    /// <summary>
    /// Where the smoothed loss falls most steeply over the logarithm of the rate, by central differences up to its smallest value; the first tenth
    /// is left out, because the running mean has hardly begun there.
    /// </summary>
    internal static double? Suggest(IReadOnlyList<LearningRatePoint> points)
    {
        (double? suggestion, double steepest) = (null, 0);
        int end = points.Count == 0 ? 0 : Enumerable.Range(0, points.Count).MinBy(i => points[i].SmoothedLoss);
        for (int i = Math.Max(1, points.Count / 10); i < end; i++)
        {
            double slope = (points[i + 1].SmoothedLoss - points[i - 1].SmoothedLoss) / Math.Log(points[i + 1].LearningRate / points[i - 1].LearningRate);
            if (slope < steepest)
                (suggestion, steepest) = (points[i].LearningRate, slope);
        }

        return suggestion;
    }

    private static double RateOf(LearningRateFinderOptions finder, long step) =>
        finder.MinimumLearningRate * Math.Pow(finder.MaximumLearningRate / finder.MinimumLearningRate, step / (finder.Steps - 1.0));

    private static TrainingOptions WithoutValidation(TrainingOptions options)
    {
        TrainingOptions copy = options.Snapshot();
        (copy.EarlyStoppingPatience, copy.EvaluateEverySteps) = (null, null);
        return copy;
    }
}
