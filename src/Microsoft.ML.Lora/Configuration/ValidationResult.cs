namespace Microsoft.ML.Lora;

/// <summary>One evaluation on the validation rows during a training.</summary>
/// <param name="Epoch">The epoch in which it took place, from 1.</param>
/// <param name="Steps">Optimizer steps taken before it.</param>
/// <param name="TrainingLoss">Mean training loss over the epoch so far.</param>
/// <param name="Loss">Mean cross entropy over the whole validation set.</param>
/// <param name="Accuracy">Share of validation rows classified correctly.</param>
/// <param name="MacroF1">Mean F1 over all classes.</param>
public sealed record ValidationResult(int Epoch, long Steps, double TrainingLoss, double Loss, double Accuracy, double MacroF1);
