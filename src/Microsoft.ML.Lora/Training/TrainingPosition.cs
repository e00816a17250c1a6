namespace Microsoft.ML.Lora.Training;

/// <summary>Where a training stands, at a step's end: everything that is not a tensor.</summary>
/// <param name="Epoch">The current epoch, from 1.</param>
/// <param name="Batch">Batches of it that are done.</param>
/// <param name="Steps">Optimizer steps since training began.</param>
/// <param name="EpochLossSum">Sum of weighted losses of the epoch so far.</param>
/// <param name="EpochDivisor">Divisor of their mean.</param>
/// <param name="OptimizerSteps">Steps of each tensor.</param>
/// <param name="Epochs">Finished epochs.</param>
/// <param name="Evaluations">All evaluations.</param>
/// <param name="BestEpoch">The epoch of the best one, from 1; 0 when there is none yet.</param>
/// <param name="BestStep">Steps taken before it.</param>
/// <param name="Waited">Evaluations in a row without an improvement.</param>
internal sealed record TrainingPosition(
    int Epoch,
    int Batch,
    long Steps,
    double EpochLossSum,
    double EpochDivisor,
    long[] OptimizerSteps,
    IReadOnlyList<EpochResult> Epochs,
    IReadOnlyList<ValidationResult> Evaluations,
    int BestEpoch,
    long BestStep,
    int Waited);
