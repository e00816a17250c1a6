using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Hub;
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

    private BaseModel(Func<string> folder, BaseModelOptions options, string? revision = null)
    {
        Id = options.Id!;
        Revision = revision;
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

    /// <summary>The commit of the hub's repository <see cref="Id"/> that it is; null for a folder of one's own.</summary>
    public string? Revision { get; }

    /// <summary>A model in a folder.</summary>
    /// <param name="path">The folder with config.json and the weights.</param>
    /// <param name="options">How it is used; null: the defaults.</param>
    /// <exception cref="BaseModelException">The folder does not exist.</exception>
    public static BaseModel FromDirectory(string path, BaseModelOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new BaseModelOptions();
        Check(options);
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

    /// <summary>A model in the hub cache that Hugging Face's libraries share. Never uses the network.</summary>
    /// <param name="id">The model, for example <c>sentence-transformers/all-MiniLM-L6-v2</c>.</param>
    /// <param name="revision">A branch, a tag, or a commit's full hash.</param>
    /// <param name="cacheDirectory">The cache; null: <c>HF_HUB_CACHE</c>, else <c>hub</c> in <c>HF_HOME</c>, else <c>~/.cache/huggingface/hub</c>.</param>
    /// <param name="options">How it is used; null: the defaults. Its <see cref="BaseModelOptions.Id"/> stays null.</param>
    /// <exception cref="BaseModelException">It is not there, or not whole. The message says where it was looked for, which revisions are there, and how to fill the cache.</exception>
    /// <exception cref="ArgumentException">Id or revision cannot be ones.</exception>
    public static BaseModel FromCache(string id, string revision = "main", string? cacheDirectory = null, BaseModelOptions? options = null)
    {
        CheckHub(id, revision, options);
        return Of(new HubCache(cacheDirectory).Find(id, revision), options);
    }

    /// <summary>
    /// A model from the hub: what is missing of it is downloaded into the hub cache, then it is used from there. The only member of this library that uses the
    /// network. With <c>HF_HUB_OFFLINE=1</c> it is <see cref="FromCache"/>.
    /// </summary>
    /// <param name="id">The model, for example <c>sentence-transformers/all-MiniLM-L6-v2</c>.</param>
    /// <param name="revision">A branch, a tag, or a commit's full hash. A commit that is whole in the cache needs no network.</param>
    /// <param name="options">Endpoint, proxy, token, retries, progress; null: the defaults.</param>
    /// <param name="cancellationToken">Ends the download; what is there already is continued the next time.</param>
    /// <exception cref="HubException">The hub refuses, cannot be reached, or sent something else than it announced.</exception>
    /// <exception cref="BaseModelException">The repository has no model of a kind that can be read.</exception>
    /// <exception cref="LoraFormatException">Its config.json is broken, or its model type is not supported; found before the weights are downloaded.</exception>
    /// <exception cref="ArgumentException">Id, revision or an option cannot be used.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static BaseModel FromHub(string id, string revision = "main", HubOptions? options = null, CancellationToken cancellationToken = default) =>
        // A thread of the pool waits, so that a caller's synchronization context cannot block it.
        Task.Run(() => FromHubAsync(id, revision, options, cancellationToken), CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>As <see cref="FromHub"/>, without a waiting thread.</summary>
    /// <inheritdoc cref="FromHub"/>
    public static async Task<BaseModel> FromHubAsync(string id, string revision = "main", HubOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new HubOptions();
        CheckHub(id, revision, options.Model);
        options.Check();
        if (!HubEnvironment.IsOffline)
            return Of(await new HubDownloader(options).RunAsync(id, revision, CheckFamily, cancellationToken).ConfigureAwait(false), options.Model);
        try
        {
            return Of(new HubCache(options.CacheDirectory).Find(id, revision), options.Model);
        }
        catch (BaseModelException e)
        {
            throw new BaseModelException($"{e.Message} The network was not used, because HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set.", e);
        }
    }

    /// <summary>
    /// Writes the model into a new folder with its weights as safetensors: configuration, tokenizer and pooling as they are, every tensor with its key, type and
    /// bytes. So a <c>.bin</c> becomes a file that can be mapped and that nobody need fear, and one large file becomes shards, or shards one file. The new folder
    /// is the same base: models trained on this one find it by its fingerprint.
    /// </summary>
    /// <param name="directory">The new folder; it does not exist yet, or is empty. It is there when all is written, and not before.</param>
    /// <param name="maxShardBytes">Bytes of tensors in one file; where there are more, shards and <c>model.safetensors.index.json</c> are written.</param>
    /// <exception cref="LoraFormatException">The model's files are broken.</exception>
    /// <exception cref="IOException">The folder is not empty, the disk is full, or it cannot be written.</exception>
    public void SaveAsSafetensors(string directory, long maxShardBytes = 5_000_000_000)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxShardBytes, 1);
        BaseModelCopy.Write(Directory, Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)), maxShardBytes);
    }

    /// <inheritdoc/>
    public override string ToString() => Id;

    /// <summary>The folder.</summary>
    internal string Directory => _folder();

    /// <summary>The hash of all tensors; reads the weights' files at first use.</summary>
    internal string Fingerprint => Files.Fingerprint;

    /// <summary>What saved models keep to find this base again.</summary>
    internal BaseModelReference Reference => new(Id, Fingerprint, Revision);

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
    internal BaseModel Fresh() => new(_folder, new BaseModelOptions { Id = Id, Mapping = _mapping, Pooling = _pooling }, Revision);

    /// <summary>The model in a commit's folder of a hub cache.</summary>
    internal static BaseModel Of(HubSnapshot snapshot, BaseModelOptions? options = null) => new(
        () => snapshot.Folder,
        new BaseModelOptions { Id = snapshot.Id, Mapping = options?.Mapping ?? default, Pooling = options?.Pooling },
        snapshot.Commit);

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

    private static void Check(BaseModelOptions options)
    {
        if (options.Pooling is { } pooling && !Enum.IsDefined(pooling))
            throw new ArgumentOutOfRangeException(nameof(options), pooling, "Pooling is not a value of PoolingMode.");
        if (!Enum.IsDefined(options.Mapping))
            throw new ArgumentOutOfRangeException(nameof(options), options.Mapping, "Mapping is not a value of BaseModelMapping.");
    }

    private static void CheckHub(string id, string revision, BaseModelOptions? options)
    {
        HubNames.CheckId(id);
        HubNames.CheckRevision(revision);
        if (options is null)
            return;
        Check(options);
        if (options.Id is not null)
            throw new ArgumentException($"BaseModelOptions.Id is '{options.Id}': leave it null, a model of the hub keeps its id '{id}'.", nameof(options));
    }

    private static void CheckFamily(string folder) => ModelFamily.Of(HuggingFaceConfig.Read(Path.Combine(folder, HubFiles.Config)));
}
