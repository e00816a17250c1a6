namespace Microsoft.ML.Lora;

/// <summary>What a training does when it is cancelled. Where a folder for checkpoints is set, one is written in both cases.</summary>
public enum CancelMode
{
    /// <summary>An <see cref="OperationCanceledException"/>.</summary>
    Throw = 0,

    /// <summary>
    /// The training returns what it has: the model of the best evaluation so far, or that of the last step where there was no evaluation.
    /// Before the first step there is nothing to return, and it throws all the same.
    /// </summary>
    ReturnBest = 1,
}
