using System.Text.Json.Serialization;

namespace Microsoft.ML.Lora;

/// <summary>Rows whose highest probability lies in one bin of width 1/15.</summary>
/// <param name="Count">How many rows.</param>
/// <param name="Right">How many of them have the right class as the most probable one.</param>
/// <param name="ConfidenceSum">The sum of their highest probabilities.</param>
public readonly record struct ReliabilityBin(long Count, long Right, double ConfidenceSum)
{
    /// <summary>Share of right rows; not a number for an empty bin.</summary>
    [JsonIgnore]
    public double Accuracy => (double)Right / Count;

    /// <summary>Mean of the highest probabilities; not a number for an empty bin.</summary>
    [JsonIgnore]
    public double Confidence => ConfidenceSum / Count;
}
