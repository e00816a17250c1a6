using System.Runtime.InteropServices;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Models;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>
/// PEFT's adapter folder: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c> (read also: <c>adapter_model.bin</c>). What is written here PEFT reads, and the other way
/// round for the features that are supported; others are refused by name.
/// </summary>
internal static class PeftFormat
{
    public const string ConfigFileName = "adapter_config.json";
    public const string WeightsFileName = "adapter_model.safetensors";
    public const string OldWeightsFileName = "adapter_model.bin";

    /// <summary>Before every key.</summary>
    public const string ModelPrefix = "base_model.model.";

    public const string HeadWeight = ModelPrefix + "classifier.weight";
    public const string HeadBias = ModelPrefix + "classifier.bias";

    /// <summary>What PEFT stores whole for a sequence classifier; a model has one of the two.</summary>
    public static readonly IReadOnlyList<string> HeadModules = ["classifier", "score"];

    /// <summary>
    /// The bytes of the configuration file. A head without adapters is written as an adapter of no modules, which only this library reads.
    /// </summary>
    /// <param name="options">The adapter's options.</param>
    /// <param name="defaultTargets">The family's targets, written where the options name none.</param>
    /// <param name="hasHead">Whether the file holds the classifier.</param>
    /// <param name="baseModelName">A Hugging Face id or a folder; null when unknown.</param>
    public static byte[] WriteConfig(LoraOptions options, IReadOnlyList<string> defaultTargets, bool hasHead, string? baseModelName) =>
        PeftConfig.Write(options, defaultTargets, hasHead, baseModelName);

    /// <summary>The bytes of the weights file: float32, the same bytes for the same numbers.</summary>
    public static byte[] WriteWeights(IEnumerable<TrainableParameter> parameters) => SafetensorsWriter.ToArray(
        parameters.Select(p => SafetensorsItem.FromFloats(p.Name, p.Value.shape, ParameterValues.Read(p.Value))),
        new Dictionary<string, string> { ["format"] = "pt" });

    /// <summary>Writes an adapter folder that PEFT reads; each file is written beside and renamed.</summary>
    public static void WriteFolder(string folder, SequenceClassifier classifier, string? baseModelName)
    {
        Directory.CreateDirectory(folder);
        byte[] config = WriteConfig(classifier.Options, classifier.Model.DefaultTargetModules, true, baseModelName);
        byte[] weights = WriteWeights(classifier.Parameters);
        AtomicFile.Write(Path.Combine(folder, WeightsFileName), s => s.Write(weights));
        AtomicFile.Write(Path.Combine(folder, ConfigFileName), s => s.Write(config));
    }

    /// <summary>Reads an adapter folder; the model is bound later.</summary>
    /// <exception cref="LoraFormatException">A file is missing or not valid, or the adapter uses what is not supported.</exception>
    public static PeftAdapter ReadFolder(string folder)
    {
        string config = Path.Combine(folder, ConfigFileName);
        string weights = Path.Combine(folder, WeightsFileName);
        if (!Directory.Exists(folder))
            throw new LoraFormatException(folder, "there is no such folder", expected: $"a folder with {ConfigFileName} and {WeightsFileName}");
        if (!File.Exists(config))
            throw new LoraFormatException(config, "there is no such file", expected: $"an adapter folder with {ConfigFileName}");
        // Older versions of PEFT wrote torch's format.
        if (!File.Exists(weights) && File.Exists(Path.Combine(folder, OldWeightsFileName)))
            weights = Path.Combine(folder, OldWeightsFileName);
        if (!File.Exists(weights))
            throw new LoraFormatException(weights, "there is no such file", expected: $"this or {OldWeightsFileName}");
        return Read(File.ReadAllBytes(config), File.ReadAllBytes(weights), config, weights);
    }

    /// <summary>Reads the two files from memory.</summary>
    /// <param name="config">Content of the configuration file.</param>
    /// <param name="weights">Content of the weights file; kept.</param>
    /// <param name="configName">What messages call the first.</param>
    /// <param name="weightsName">What messages call the second; its ending tells the format.</param>
    /// <exception cref="LoraFormatException">A file is not valid, or the adapter uses what is not supported.</exception>
    public static PeftAdapter Read(
        ReadOnlySpan<byte> config, ReadOnlyMemory<byte> weights, string configName = ConfigFileName, string weightsName = WeightsFileName)
    {
        PeftConfig parsed = PeftConfig.Parse(config, configName);
        using TensorFile file = TensorFile.FromMemory(weights, weightsName);
        return new PeftAdapter(parsed, file);
    }
}
