namespace Microsoft.ML.Lora.Training;

/// <summary>What a training came to. The classifier has the parameters of the best epoch.</summary>
/// <param name="History">Stored with the model.</param>
/// <param name="Validation">The best epoch on the validation rows; null without them.</param>
/// <param name="Elapsed">Wall time.</param>
/// <param name="RowsPerSecond">Training rows per second, evaluations not counted.</param>
internal sealed record TrainingResult(TrainingHistory History, EvaluationResult? Validation, TimeSpan Elapsed, double RowsPerSecond);
