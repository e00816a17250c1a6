namespace Microsoft.ML.Lora;

/// <summary>A method's means over the seeds: a line of the report.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Runs">Its trainings, one per seed; at least one.</param>
public sealed record LoraComparisonRow(string Method, IReadOnlyList<LoraComparisonRun> Runs)
{
    /// <summary>Mean share of right test rows.</summary>
    public double Accuracy => Runs.Average(r => r.Accuracy);

    /// <summary>The worst seed's accuracy.</summary>
    public double LowestAccuracy => Runs.Min(r => r.Accuracy);

    /// <summary>The best seed's accuracy.</summary>
    public double HighestAccuracy => Runs.Max(r => r.Accuracy);

    /// <summary>Mean macro F1.</summary>
    public double MacroF1 => Runs.Average(r => r.MacroF1);

    /// <summary>Mean area under the ROC curve; null where a training has none.</summary>
    public double? RocAuc => Runs.All(r => r.RocAuc is not null) ? Runs.Average(r => r.RocAuc) : null;

    /// <summary>Mean average precision; null where a training has none.</summary>
    public double? AveragePrecision => Runs.All(r => r.AveragePrecision is not null) ? Runs.Average(r => r.AveragePrecision) : null;

    /// <summary>Numbers that are trained.</summary>
    public long TrainableParameters => Runs[0].TrainableParameters;

    /// <summary>What is trained.</summary>
    public LoraComparisonKind Kind => Runs[0].Kind;

    /// <summary>Mean time of training.</summary>
    public double Seconds => Runs.Average(r => r.Seconds);

    /// <summary>Mean peak memory, bytes.</summary>
    public double PeakBytes => Runs.Average(r => (double)r.PeakBytes);

    /// <summary>Mean size of the saved model, bytes.</summary>
    public double SavedBytes => Runs.Average(r => (double)r.SavedBytes);

    /// <summary>Mean expected calibration error before calibration.</summary>
    public double CalibrationErrorBefore => Runs.Average(r => r.CalibrationErrorBefore);

    /// <summary>Mean expected calibration error after calibration.</summary>
    public double CalibrationErrorAfter => Runs.Average(r => r.CalibrationErrorAfter);
}
