using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Kernels;
using Microsoft.ML.Lora.Models;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora;

/// <summary>
/// A pretrained model that adapters are trained on: a reference to a folder in Hugging Face's layout. Cheap to make and immutable; weights
/// are loaded at first use, once per process and precision, shared by all that use the same base, and freed with the last of them.
/// </summary>
/// <remarks>Supported model types: <c>bert</c>. The folder holds config.json, the tokenizer and the weights: model.safetensors or
/// pytorch_model.bin, each also as shards with their index; safetensors is preferred where both are there.</remarks>
public sealed class BaseModel
{
    private static readonly Lazy<BaseModel> s_miniEncoder = new(() => new BaseModel(MiniEncoderFolder.Find, new BaseModelOptions { Id = MiniEncoderFolder.Id }));

    private readonly object _lock = new();
    private readonly Func<string> _folder;
    private readonly BaseModelMapping _mapping;
    private readonly PoolingMode? _pooling;
    private BaseModelFiles? _files;

    private BaseModel(Func<string> folder, BaseModelOptions options)
    {
        Id = options.Id!;
        _folder = folder;
        _mapping = options.Mapping;
        _pooling = options.Pooling;
    }

    /// <summary>
    /// The small English sentence encoder of the package <c>Microsoft.ML.Lora.MiniEncoder</c>. Found at first use; where the package is missing,
    /// the error gives the line that installs it.
    /// </summary>
    public static BaseModel MiniEncoder => s_miniEncoder.Value;

    /// <summary>The name that saved models and messages give this base.</summary>
    public string Id { get; }

    /// <summary>A model in a folder.</summary>
    /// <param name="path">The folder with config.json and the weights.</param>
    /// <param name="options">How it is used; null: the defaults.</param>
    /// <exception cref="BaseModelException">The folder does not exist.</exception>
    public static BaseModel FromDirectory(string path, BaseModelOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new BaseModelOptions();
        if (options.Pooling is { } pooling && !Enum.IsDefined(pooling))
            throw new ArgumentOutOfRangeException(nameof(options), pooling, "Pooling is not a value of PoolingMode.");
        if (!Enum.IsDefined(options.Mapping))
            throw new ArgumentOutOfRangeException(nameof(options), options.Mapping, "Mapping is not a value of BaseModelMapping.");
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!System.IO.Directory.Exists(full))
            throw new BaseModelException(File.Exists(full)
                ? $"The base model '{full}' is a file; the folder that holds config.json and the weights is needed."
                : $"The base model folder '{full}' does not exist.");
        return new BaseModel(() => full, new BaseModelOptions
        {
            Id = string.IsNullOrWhiteSpace(options.Id) ? Path.GetFileName(full) : options.Id,
            Mapping = options.Mapping,
            Pooling = options.Pooling,
        });
    }

    /// <inheritdoc/>
    public override string ToString() => Id;

    /// <summary>The folder.</summary>
    internal string Directory => _folder();

    /// <summary>The hash of all tensors; reads the weights' files at first use.</summary>
    internal string Fingerprint => Files.Fingerprint;

    /// <summary>What saved models keep to find this base again.</summary>
    internal BaseModelReference Reference => new(Id, Fingerprint);

    /// <summary>The settings.</summary>
    internal ModelConfig Config => Files.Config;

    /// <summary>The pooling in force.</summary>
    internal PoolingSettings Pooling => _pooling is { } mode ? new PoolingSettings(mode) : Files.Pooling;

    /// <summary>Configuration and headers, read and checked once.</summary>
    internal BaseModelFiles Files
    {
        get
        {
            lock (_lock)
                return _files ??= BaseModelFiles.Read(Directory);
        }
    }

    /// <summary>The same reference, with nothing remembered of the files.</summary>
    internal BaseModel Fresh() => new(_folder, new BaseModelOptions { Id = Id, Mapping = _mapping, Pooling = _pooling });

    /// <summary>Loads the weights, or shares those that are loaded. The caller disposes the handle.</summary>
    /// <param name="computeType">The format; <see cref="ComputeType.Auto"/> is resolved for the device.</param>
    /// <param name="device">Where the weights go; null: the CPU.</param>
    /// <exception cref="LoraFormatException">A file is broken or does not fit.</exception>
    internal BaseModelHandle Acquire(ComputeType computeType, Device? device = null)
    {
        device ??= CPU;
        BaseModelHandle handle = BaseModelStore.Acquire(Files, ComputeTypes.Resolve(computeType, device), _mapping, device);
        BaseModelLocator.Remember(this);
        return handle;
    }

    /// <summary>Checks that this is the base a saved model was trained on.</summary>
    /// <exception cref="BaseModelException">It is another one.</exception>
    internal void Verify(BaseModelReference expected)
    {
        if (!string.Equals(Fingerprint, expected.Fingerprint, StringComparison.Ordinal))
            throw new BaseModelException($"The model was trained on the base {expected}, and '{Directory}' is another one: {Reference}.");
    }
}
