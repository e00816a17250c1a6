namespace Microsoft.ML.Lora.Training;

/// <summary>What a training came to. The classifier has the parameters of the best evaluation.</summary>
/// <param name="History">Stored with the model.</param>
/// <param name="Validation">The best evaluation; null without them.</param>
/// <param name="Elapsed">Wall time.</param>
/// <param name="RowsPerSecond">Training rows per second, evaluations not counted.</param>
internal sealed record TrainingResult(TrainingHistory History, EvaluationResult? Validation, TimeSpan Elapsed, double RowsPerSecond);
