namespace Microsoft.ML.Tests;

/// <summary>A number and its prediction.</summary>
internal sealed class RegressionRow
{
    public float Label { get; set; }

    public float Score { get; set; }
}
