namespace Microsoft.ML.Tests;

/// <summary>A scored row that is of the class or not.</summary>
internal sealed class BinaryRow<TLabel>
{
    public TLabel? Label { get; set; }

    public float Score { get; set; }

    public float Probability { get; set; }

    public bool PredictedLabel { get; set; }
}
