using System.Text.Json;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.MLNetInterop;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// Everything a trained text classifier is, apart from its base model: what the zip holds. Plain managed memory, so that a classifier
/// just trained and one just loaded are the same thing.
/// </summary>
internal sealed class ClassifierState
{
    public const string SettingsFile = "text_classifier.json";
    public const string AdapterConfigFile = "adapter_config.json";
    public const string AdapterWeightsFile = "adapter_model.safetensors";
    public const string LabelsFile = "labels.json";
    public const string PoolingFileName = "pooling.json";
    public const string CalibrationFile = "calibration.json";
    public const string HistoryFile = "training_history.json";
    public const string BaseModelFile = "base_model.json";
    public const string TokenizerIndexFile = "tokenizer_files.json";

    public required ClassifierSettings Settings { get; init; }

    public required LabelInfo Labels { get; init; }

    /// <summary>PEFT's configuration file.</summary>
    public required byte[] AdapterConfig { get; init; }

    /// <summary>PEFT's tensors: adapter and head.</summary>
    public required byte[] AdapterWeights { get; init; }

    /// <summary>The tokenizer's own files.</summary>
    public required IReadOnlyList<ModelFile> Tokenizer { get; init; }

    /// <summary>How token states become one vector.</summary>
    public required PoolingSettings Pooling { get; init; }

    /// <summary>Logits are divided by it.</summary>
    public required double Temperature { get; init; }

    public required TrainingHistory History { get; init; }

    /// <summary>Which base model the adapter belongs to.</summary>
    public required BaseModelIdentity Base { get; init; }

    /// <summary>The folder whose configuration and weights are saved with the classifier; null when it is saved without its base.</summary>
    public string? IncludedBaseFolder { get; init; }

    /// <summary>What a training made.</summary>
    /// <param name="classifier">The trained classifier; copied.</param>
    /// <param name="encoder">Its tokenizer.</param>
    /// <param name="labels">Its classes.</param>
    /// <param name="baseModel">Its base.</param>
    /// <param name="history">How the training went.</param>
    /// <param name="settings">How it is wired up.</param>
    /// <param name="includeBase">Whether the base is saved with it.</param>
    public static ClassifierState Of(
        SequenceClassifier classifier, RowEncoder encoder, LabelInfo labels, BaseModel baseModel, TrainingHistory history, ClassifierSettings settings,
        bool includeBase) => new()
    {
        Settings = settings,
        Labels = labels,
        AdapterConfig = PeftFormat.WriteConfig(classifier.Options, classifier.Model.DefaultTargetModules, hasHead: true, baseModel.Id),
        AdapterWeights = PeftFormat.WriteWeights(classifier.Parameters),
        Tokenizer = [.. encoder.Tokenizer.Files.Select(file => new ModelFile(file.Name, file.Content))],
        Pooling = baseModel.Pooling,
        Temperature = history.Temperature,
        History = history,
        Base = BaseModelIdentity.Of(baseModel),
        IncludedBaseFolder = includeBase ? baseModel.Directory : null,
    };

    /// <summary>The files to put into the zip.</summary>
    public IReadOnlyList<ModelFile> ToFiles() =>
    [
        new(SettingsFile, Settings.ToJson()),
        new(BaseModelFile, Base.ToJson()),
        new(AdapterConfigFile, AdapterConfig),
        new(AdapterWeightsFile, AdapterWeights),
        new(LabelsFile, LabelValues.ToJson(Labels.Values, Labels.ClassCount)),
        new(PoolingFileName, PoolingFile.Write(Pooling)),
        new(CalibrationFile, JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, double> { ["temperature"] = Temperature })),
        new(HistoryFile, History.ToJson()),
        new(TokenizerIndexFile, JsonSerializer.SerializeToUtf8Bytes(Tokenizer.Select(file => file.Name))),
        .. Tokenizer,
    ];

    /// <summary>Reads the files of a zip and checks all that can be checked without the base model.</summary>
    /// <param name="files">The files.</param>
    /// <param name="includedBaseFolder">Where the base model of the zip has gone; null when it has none.</param>
    /// <exception cref="LoraFormatException">Something is missing or not what it should be.</exception>
    public static ClassifierState FromFiles(ModelFiles files, string? includedBaseFolder)
    {
        LabelValues? values = LabelValues.FromJson(files[LabelsFile], LabelsFile, out int classCount);
        if (values is not null && values.Count != classCount)
            throw new LoraFormatException($"'{LabelsFile}': {values.Count} values for {classCount} classes.");

        return new ClassifierState
        {
            Settings = ClassifierSettings.FromJson(files[SettingsFile], SettingsFile),
            IncludedBaseFolder = includedBaseFolder,
            Base = BaseModelIdentity.FromJson(files[BaseModelFile], BaseModelFile),
            AdapterConfig = files[AdapterConfigFile],
            AdapterWeights = files[AdapterWeightsFile],
            Labels = new LabelInfo(classCount, values),
            Pooling = PoolingFile.Read(files[PoolingFileName], PoolingFileName),
            Temperature = ReadTemperature(files[CalibrationFile]),
            History = ReadHistory(files[HistoryFile]),
            Tokenizer = [.. ReadTokenizerIndex(files[TokenizerIndexFile]).Select(name => new ModelFile(name, files[name]))],
        };
    }

    private static double ReadTemperature(byte[] json)
    {
        try
        {
            double temperature = JsonSerializer.Deserialize<Dictionary<string, double>>(json)?["temperature"] ?? double.NaN;
            if (double.IsFinite(temperature) && temperature > 0)
                return temperature;
            throw new LoraFormatException($"'{CalibrationFile}': the temperature is {temperature}; expected a finite number above 0.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            throw new LoraFormatException($"'{CalibrationFile}': {JsonText.Reason(e)}", e);
        }
    }

    private static TrainingHistory ReadHistory(byte[] json)
    {
        try
        {
            return TrainingHistory.FromJson(json);
        }
        catch (FormatException e)
        {
            throw new LoraFormatException($"'{HistoryFile}': {JsonText.Reason(e)}", e);
        }
    }

    private static string[] ReadTokenizerIndex(byte[] json)
    {
        try
        {
            string?[] names = JsonSerializer.Deserialize<string?[]>(json) ?? [];
            return [.. names.Select(name => name ?? throw new LoraFormatException($"'{TokenizerIndexFile}': a name is null."))];
        }
        catch (JsonException e)
        {
            throw new LoraFormatException($"'{TokenizerIndexFile}': {JsonText.Reason(e)}", e);
        }
    }
}
