using System.Text.Json.Serialization;

namespace Microsoft.ML.Lora;

/// <summary>One training of a <see cref="LoraComparison"/>. Serializable as JSON.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Kind">What it trains.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Accuracy">Share of right test rows.</param>
/// <param name="MacroF1">Mean F1 of all classes on the test rows.</param>
/// <param name="TrainableParameters">Numbers that were trained, the head's too.</param>
/// <param name="AllParameters">Numbers of the base and of what was added.</param>
/// <param name="Seconds">Time of training, with the evaluations on the validation rows.</param>
/// <param name="PeakBytes">The most resident memory the process had while it trained, base model and runtime counted.</param>
/// <param name="SavedBytes">The saved model: the zip; for full fine-tuning the weights in float32.</param>
/// <param name="Temperature">Fitted on the validation rows; 1 without them.</param>
/// <param name="ReliabilityBefore">15 bins of the test rows at temperature 1.</param>
/// <param name="ReliabilityAfter">The same at <paramref name="Temperature"/>.</param>
public sealed record LoraComparisonRun(
    string Method,
    LoraComparisonKind Kind,
    int Seed,
    double Accuracy,
    double MacroF1,
    long TrainableParameters,
    long AllParameters,
    double Seconds,
    long PeakBytes,
    long SavedBytes,
    double Temperature,
    IReadOnlyList<ReliabilityBin> ReliabilityBefore,
    IReadOnlyList<ReliabilityBin> ReliabilityAfter)
{
    /// <summary>
    /// Area under the ROC curve on the test rows: of the second class where there are two, else the mean of every class against the rest. Null where a
    /// class has no test row.
    /// </summary>
    public double? RocAuc { get; init; }

    /// <summary>Average precision of the second class on the test rows; null where there are not two classes.</summary>
    public double? AveragePrecision { get; init; }

    /// <summary>Expected calibration error of the test rows before calibration.</summary>
    [JsonIgnore]
    public double CalibrationErrorBefore => Error(ReliabilityBefore);

    /// <summary>Expected calibration error of the test rows after calibration.</summary>
    [JsonIgnore]
    public double CalibrationErrorAfter => Error(ReliabilityAfter);

    /// <summary>Sum over the bins of |right - sum of probabilities|, divided by the rows.</summary>
    internal static double Error(IReadOnlyList<ReliabilityBin> bins) => bins.Sum(b => Math.Abs(b.Right - b.ConfidenceSum)) / Math.Max(1, bins.Sum(b => b.Count));
}
