using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Data;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>How a saved text classifier is wired up: its columns, and how it scores.</summary>
internal sealed record ClassifierSettings
{
    /// <summary>The version this code writes; it reads this and older ones.</summary>
    public const int CurrentFormat = 1;

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        Converters = { new JsonStringEnumConverter() },
    };

    public int Format { get; init; } = CurrentFormat;

    public required ColumnNames Columns { get; init; }

    /// <summary>Tokens of the longest row, special tokens included.</summary>
    public required int MaxLength { get; init; }

    /// <summary>As asked for: <see cref="ComputeType.Auto"/> is resolved where the model scores.</summary>
    public required ComputeType ComputeType { get; init; }

    public required MergeMode Merge { get; init; }

    public required bool Deterministic { get; init; }

    /// <summary>Trained and counted parameters, for the injection report.</summary>
    public required long TrainableParameters { get; init; }

    public required long AllParameters { get; init; }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, _json);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="LoraFormatException">The bytes are not such a document, or of a later format.</exception>
    public static ClassifierSettings FromJson(byte[] utf8, string file)
    {
        ClassifierSettings? settings;
        try
        {
            settings = JsonSerializer.Deserialize<ClassifierSettings>(utf8, _json);
        }
        catch (JsonException e)
        {
            throw new LoraFormatException($"'{file}': not the settings of a text classifier: {JsonText.Reason(e)}", e);
        }

        if (settings is null || settings.Columns is not { Label: not null, Score: not null, PredictedLabel: not null, Sentence1: not null })
            throw new LoraFormatException($"'{file}': the settings name no columns.");
        if (settings.Format is < 1 or > CurrentFormat)
            throw new LoraFormatException($"'{file}': format {settings.Format}; this version of Microsoft.ML.Lora reads up to {CurrentFormat}. Update the package.");
        if (settings.MaxLength < 1 || !Enum.IsDefined(settings.ComputeType) || !Enum.IsDefined(settings.Merge))
            throw new LoraFormatException($"'{file}': a setting is out of range.");
        return settings;
    }
}
