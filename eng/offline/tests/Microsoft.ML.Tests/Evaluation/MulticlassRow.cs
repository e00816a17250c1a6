namespace Microsoft.ML.Tests;

/// <summary>A scored row of one of several classes.</summary>
internal sealed class MulticlassRow<TLabel>
{
    public TLabel? Label { get; set; }

    public float[] Score { get; set; } = [];

    public uint PredictedLabel { get; set; }
}
