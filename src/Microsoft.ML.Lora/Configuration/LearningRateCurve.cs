namespace Microsoft.ML.Lora;

/// <summary>The loss over a rising learning rate.</summary>
/// <param name="Points">One per step, until the loss diverged.</param>
/// <param name="Suggestion">
/// The rate where the smoothed loss falls most steeply: a good <see cref="TrainingOptions.LearningRate"/> to begin with. Null where it never fell.
/// </param>
public sealed record LearningRateCurve(IReadOnlyList<LearningRatePoint> Points, double? Suggestion);
