using Microsoft.ML.Lora.Checkpoints;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>What differs between model families: how config.json is read, which tensors there are, and the model class.</summary>
internal abstract class ModelFamily
{
    private static readonly ModelFamily[] s_all = [new BertFamily()];

    /// <summary>The value of <c>model_type</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>How keys of checkpoints become names.</summary>
    public abstract StateDictRules Rules { get; }

    /// <summary>All families' <c>model_type</c>.</summary>
    public static string Supported => string.Join(", ", s_all.Select(f => $"'{f.ModelType}'"));

    /// <summary>The family of a configuration.</summary>
    /// <exception cref="LoraFormatException">The type is missing or not supported; the message lists those that are.</exception>
    public static ModelFamily Of(HuggingFaceConfig config)
    {
        string type = config.String("model_type", "");
        return s_all.FirstOrDefault(f => f.ModelType == type) ?? throw new LoraFormatException(config.File,
            type.Length == 0 ? "the model type is missing" : "the model type is not supported", "model_type",
            found: type.Length == 0 ? "nothing" : $"'{type}'", expected: $"one of {Supported}");
    }

    /// <summary>Reads and checks the settings.</summary>
    public abstract ModelConfig ReadConfig(HuggingFaceConfig config);

    /// <summary>All tensors of the encoder.</summary>
    public abstract IReadOnlyList<ExpectedTensor> Tensors(ModelConfig config);

    /// <summary>Builds the model.</summary>
    public abstract EncoderModel Build(ModelConfig config, IWeightProvider weights, ComputeType computeType, Device device);
}
