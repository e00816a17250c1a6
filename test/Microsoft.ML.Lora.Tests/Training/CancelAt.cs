namespace Microsoft.ML.Lora.Tests.Training;

/// <summary>Cancels after a step.</summary>
internal sealed class CancelAt(long step, CancellationTokenSource source) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.Step == step)
            source.Cancel();
    }
}
