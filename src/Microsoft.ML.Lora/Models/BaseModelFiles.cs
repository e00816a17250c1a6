using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Models;

/// <summary>What was read of a base model's folder before any weight is loaded.</summary>
internal sealed class BaseModelFiles
{
    private readonly object _lock = new();
    private string? _fingerprint;

    private BaseModelFiles(string folder, ModelFamily family, HuggingFaceConfig json, ModelConfig config, PoolingSettings? pooling,
        IReadOnlyDictionary<string, string> names)
    {
        Folder = folder;
        Family = family;
        Json = json;
        Config = config;
        Names = names;
        Pooling = pooling ?? new PoolingSettings(names.ContainsKey("pooler.dense.weight") ? PoolingMode.Pooler : PoolingMode.Mean);
    }

    /// <summary>The full path of the folder.</summary>
    public string Folder { get; }

    /// <summary>The family.</summary>
    public ModelFamily Family { get; }

    /// <summary>The whole config.json.</summary>
    public HuggingFaceConfig Json { get; }

    /// <summary>The settings.</summary>
    public ModelConfig Config { get; }

    /// <summary>The folder's pooling, else the family's own.</summary>
    public PoolingSettings Pooling { get; }

    /// <summary>Canonical name to the checkpoint's key.</summary>
    public IReadOnlyDictionary<string, string> Names { get; }

    /// <summary>The hash of all tensors; computed at first use.</summary>
    public string Fingerprint
    {
        get
        {
            lock (_lock)
            {
                if (_fingerprint is null)
                {
                    using Checkpoint checkpoint = Checkpoint.Open(Folder);
                    _fingerprint = Checkpoints.Fingerprint.ComputeCached(checkpoint, Names);
                }

                return _fingerprint;
            }
        }
    }

    /// <summary>Reads configuration and headers and checks that they fit.</summary>
    /// <exception cref="LoraFormatException">A file is missing or broken, the model type is not supported, or tensors do not fit.</exception>
    public static BaseModelFiles Read(string folder)
    {
        HuggingFaceConfig json = HuggingFaceConfig.Read(Path.Combine(folder, "config.json"));
        ModelFamily family = ModelFamily.Of(json);
        ModelConfig config = family.ReadConfig(json);
        PoolingSettings? pooling = PoolingSettings.Read(folder);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        IReadOnlyDictionary<string, string> names = StateDictMapper.Map(
            checkpoint.Name, checkpoint.Entries.Select(e => (e.Name, e.Shape)), family.Tensors(config), family.Rules);
        return new BaseModelFiles(folder, family, json, config, pooling, names);
    }
}
