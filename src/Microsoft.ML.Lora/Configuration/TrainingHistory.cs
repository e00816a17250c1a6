using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.Lora;

/// <summary>
/// The course of a training, stored with the model. It holds no times, so that two trainings with the same seed give the same file.
/// </summary>
/// <param name="Epochs">One entry per epoch; the last one may have been cut short.</param>
/// <param name="BestEpoch">The epoch, from 1, whose parameters the model has; the last one without a validation set.</param>
/// <param name="StoppedEarly">Whether training ended before the last step because the metric stopped improving, time was up or it was cancelled.</param>
/// <param name="TrainingRows">Rows trained on.</param>
/// <param name="ValidationRows">Rows evaluated on; 0 without a validation set.</param>
/// <param name="Temperature">The fitted calibration temperature by which logits are divided; 1 when none was fitted.</param>
/// <param name="CalibrationErrorBefore">Expected calibration error (15 bins) on the validation set at temperature 1; null when none was fitted.</param>
/// <param name="CalibrationErrorAfter">The same at <paramref name="Temperature"/>.</param>
public sealed record TrainingHistory(
    IReadOnlyList<EpochResult> Epochs,
    int BestEpoch,
    bool StoppedEarly,
    long TrainingRows,
    long ValidationRows,
    double Temperature,
    double? CalibrationErrorBefore,
    double? CalibrationErrorAfter)
{
    private IReadOnlyList<ValidationResult> _evaluations = [];

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
    };

    /// <summary>Every evaluation on the validation rows: at each epoch's end, or every <see cref="TrainingOptions.EvaluateEverySteps"/>.</summary>
    /// <value>Empty without a validation set.</value>
    public IReadOnlyList<ValidationResult> Evaluations
    {
        get => _evaluations;
        init => _evaluations = value ?? []; // histories of older files have none
    }

    /// <summary>Optimizer steps after which the model had its parameters.</summary>
    /// <value>That of the best evaluation; of the last step without a validation set.</value>
    public long BestStep { get; init; }

    /// <summary>UTF-8 JSON with names in snake case.</summary>
    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, _json);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are not such a document.</exception>
    internal static TrainingHistory FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            TrainingHistory? history = JsonSerializer.Deserialize<TrainingHistory>(json, _json);
            if (history?.Epochs is null)
                throw new FormatException("The training history has no list of epochs.");
            return history;
        }
        catch (JsonException e)
        {
            throw new FormatException($"The training history is not valid JSON: {e.Message}", e);
        }
    }
}
