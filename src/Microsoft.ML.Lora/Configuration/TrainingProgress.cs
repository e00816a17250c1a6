namespace Microsoft.ML.Lora;

/// <summary>A report during training: one after each optimizer step and one after each evaluation.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="MaxEpochs">Epochs at most.</param>
/// <param name="Step">Optimizer steps taken since training began.</param>
/// <param name="TotalSteps">Optimizer steps if no early stop happens.</param>
/// <param name="Loss">Mean training loss over the epoch so far.</param>
/// <param name="LearningRate">Rate of the last step.</param>
/// <param name="ValidationAccuracy">Accuracy of the latest evaluation; null before the first and without a validation set.</param>
/// <param name="RowsPerSecond">Training rows per second since training began, evaluations not counted.</param>
/// <param name="Remaining">Estimated time to the last step.</param>
public sealed record TrainingProgress(
    int Epoch,
    int MaxEpochs,
    long Step,
    long TotalSteps,
    double Loss,
    double LearningRate,
    double? ValidationAccuracy,
    double RowsPerSecond,
    TimeSpan Remaining);
