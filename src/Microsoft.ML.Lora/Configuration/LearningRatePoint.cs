namespace Microsoft.ML.Lora;

/// <summary>One step of a search for a learning rate.</summary>
/// <param name="LearningRate">Its rate.</param>
/// <param name="Loss">The loss of its batch, before the step.</param>
/// <param name="SmoothedLoss">The running mean of the losses so far.</param>
public sealed record LearningRatePoint(double LearningRate, double Loss, double SmoothedLoss);
