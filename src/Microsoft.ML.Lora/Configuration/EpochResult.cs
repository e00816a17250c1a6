namespace Microsoft.ML.Lora;

/// <summary>What one epoch of training came to.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Steps">Optimizer steps taken since training began.</param>
/// <param name="TrainingLoss">Mean loss over the epoch's training batches, weighted by example weights, with dropout active.</param>
/// <param name="LearningRate">Rate of the epoch's last step.</param>
/// <param name="ValidationLoss">Mean cross entropy over the whole validation set; null where the epoch's end was not evaluated.</param>
/// <param name="ValidationAccuracy">Share of validation rows classified correctly; null where the epoch's end was not evaluated.</param>
/// <param name="ValidationMacroF1">Mean F1 over all classes; null where the epoch's end was not evaluated.</param>
public sealed record EpochResult(
    int Epoch,
    long Steps,
    double TrainingLoss,
    double LearningRate,
    double? ValidationLoss,
    double? ValidationAccuracy,
    double? ValidationMacroF1);
