using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Estimators;
using Microsoft.ML.Lora.MLNetInterop;
using Microsoft.ML.Lora.Models;
using Microsoft.ML.Lora.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Lora;

/// <summary>
/// Many adapters on one base model: one customer, language or task each, with labels, head and calibration of its own, found by a key. The base is in
/// memory once; an adapter adds about the size of its file. Rows of different adapters are scored together in one forward pass.
/// Made by <c>ml.Model.CreateLoraAdapterPool</c>.
/// </summary>
/// <remarks>
/// Safe for any number of threads: adapters are added, replaced and removed while others score, without a pause for either side. A call or a cursor that
/// has begun finishes with the adapters it found; the memory of a replaced or removed one is freed when its last reader leaves.
/// Adapters are not merged into the base, so that it can be shared; a single model in one place is faster as a
/// <see cref="LoraTextClassificationTransformer"/>.
/// </remarks>
public sealed class LoraAdapterPool : IDisposable
{
    private readonly IHost _host;
    private readonly ModelOperationsCatalog _models;
    private readonly BaseModel _baseModel;
    private readonly LoraAdapterPoolOptions _options;
    private readonly CountedReference<PooledBase> _base;
    private readonly ConcurrentDictionary<string, PooledAdapter> _adapters = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<HuggingFaceTokenizer>> _tokenizers = new(StringComparer.Ordinal);
    private readonly object _changes = new();
    private bool _disposed;

    internal LoraAdapterPool(ModelOperationsCatalog models, BaseModel baseModel, LoraAdapterPoolOptions options)
    {
        _models = models;
        _host = HostSettings.EnvironmentOf(models).Register(nameof(LoraAdapterPool));
        _baseModel = baseModel;
        _options = options.CheckedCopy();
        _base = new CountedReference<PooledBase>(new PooledBase(baseModel, _options, ComputeDevice.Choose(_host, Warn)));
    }

    /// <summary>How many adapters there are.</summary>
    public int Count => _adapters.Count;

    /// <summary>The keys of all adapters, as they are now.</summary>
    public IReadOnlyCollection<string> Keys => [.. _adapters.Keys];

    /// <summary>Memory of all adapters, without the shared base model.</summary>
    public long AdapterBytes => _adapters.Values.Sum(adapter => adapter.Served.Bytes);

    /// <summary>Adds a trained or loaded classifier, or puts it in the place of the one that has the key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="classifier">The classifier; copied, so it may be dropped or disposed afterwards.</param>
    /// <exception cref="BaseModelException">It was trained on another base model.</exception>
    /// <exception cref="LoraFormatException">Its files are damaged.</exception>
    public void Set(string key, LoraTextClassificationTransformer classifier)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(classifier);
        ClassifierState state = classifier.State;
        _baseModel.Verify(state.Base.Reference);
        LabelInfo labels = state.Labels;
        string[] names = [.. Enumerable.Range(0, labels.ClassCount).Select(i => labels.Values?.ToText(i) ?? $"{i + 1}")];
        HuggingFaceTokenizer tokenizer = Tokenizer([.. state.Tokenizer.Select(file => (file.Name, file.Content))]);
        using PooledBaseShare share = Share();
        Put(key, share.Base.Serve(PeftFormat.Read(state.AdapterConfig, state.AdapterWeights), state.Pooling, names, state.Temperature),
            new RowEncoder(tokenizer, state.Settings.MaxLength), pairs: state.Settings.Columns.Sentence2 is not null);
    }

    /// <summary>Adds the classifier of a fitted or loaded pipeline, or puts it in the place of the one that has the key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="model">A chain with exactly one LoRA text classifier; its other steps are not used.</param>
    /// <exception cref="ArgumentException">There is none in it, or more than one.</exception>
    /// <exception cref="BaseModelException">It was trained on another base model.</exception>
    public void Set(string key, ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Set(key, ClassifierFinder.Single(model, nameof(model)));
    }

    /// <summary>Loads an adapter: the zip of a saved model, or a folder that PEFT wrote; it takes the place of the one that has the key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="path">The zip or the folder.</param>
    /// <param name="labels">
    /// The names of the classes, for folders, which do not hold them; default: the numbers from 0, as PEFT counts. Not allowed for a zip, which has its own.
    /// </param>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="BaseModelException">It was trained on another base model.</exception>
    /// <exception cref="LoraFormatException">It is damaged, or does not fit the base model.</exception>
    public void Load(string key, string path, IReadOnlyList<string>? labels = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
        {
            if (labels is not null)
                throw new ArgumentException($"'{path}' is a saved model, which has labels of its own; labels are for folders.", nameof(labels));
            Set(key, _models.Load(path, out _));
            return;
        }

        if (!Directory.Exists(path))
            throw new FileNotFoundException($"There is no saved model and no adapter folder '{path}'.", path);
        PeftAdapter file = PeftFormat.ReadFolder(path);
        using PooledBaseShare share = Share();
        HuggingFaceTokenizer tokenizer = Tokenizer(_baseModel.Directory);
        RowEncoder encoder = RowEncoder.Create(tokenizer, share.Base.Config, _options.MaxLength);
        Put(key, share.Base.Serve(file, _baseModel.Pooling, labels is null ? null : [.. labels], temperature: 1), encoder, pairs: null);
    }

    /// <summary>Removes an adapter. Readers that have it finish with it.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether there was one.</returns>
    public bool Remove(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!_adapters.TryRemove(key, out PooledAdapter? adapter))
            return false;
        adapter.Served.Release();
        return true;
    }

    /// <summary>Whether there is an adapter with the key.</summary>
    /// <param name="key">The key.</param>
    public bool Contains(string key) => _adapters.ContainsKey(key);

    /// <summary>What is known of an adapter.</summary>
    /// <param name="key">The key.</param>
    /// <param name="info">Its labels, calibration and memory.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGet(string key, [NotNullWhen(true)] out LoraAdapterInfo? info)
    {
        info = _adapters.TryGetValue(key, out PooledAdapter? adapter)
            ? new LoraAdapterInfo(adapter.Key, adapter.Served.Labels, adapter.Served.Temperature, adapter.Served.Bytes)
            : null;
        return info is not null;
    }

    /// <summary>Classifies one text. Calls of many threads are computed together.</summary>
    /// <param name="key">The adapter.</param>
    /// <param name="sentence1">The text.</param>
    /// <param name="sentence2">The second text, for adapters that classify pairs; others ignore it.</param>
    /// <exception cref="KeyNotFoundException">There is no adapter with the key, and the pool does not allow that.</exception>
    public LoraPrediction Predict(string key, string sentence1, string? sentence2 = null) => Predict([new LoraTextRequest(key, sentence1, sentence2)])[0];

    /// <summary>Classifies many texts, of any mixture of adapters, together.</summary>
    /// <param name="requests">The texts and their keys.</param>
    /// <returns>One result per request, in their order.</returns>
    /// <exception cref="KeyNotFoundException">A key has no adapter, and the pool does not allow that.</exception>
    public IReadOnlyList<LoraPrediction> Predict(IReadOnlyList<LoraTextRequest> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        using var pass = new PooledPass(this);
        var rows = new TokenizedRow[requests.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            (string key, string sentence1, string? sentence2) = requests[i];
            ArgumentNullException.ThrowIfNull(key, nameof(requests));
            ArgumentNullException.ThrowIfNull(sentence1, nameof(requests));
            rows[i] = pass.Find(key)?.Encode(sentence1.AsMemory(), sentence2?.AsMemory(), out _) ?? TenantScorer.NoAdapter;
        }

        float[][] scores = pass.Start(rows).Wait();
        return [.. rows.Select((row, i) => row is AdaptedRow { Adapter.Labels: var labels }
            ? new LoraPrediction(requests[i].Key, labels[OutputGetters.ArgMax(scores[i])], labels, scores[i])
            : new LoraPrediction(requests[i].Key, "", [], []))];
    }

    /// <summary>
    /// The pool as a step of ML.NET: adds a predicted label (text) and the scores (a vector whose length is the number of the adapter's classes) to rows
    /// that name their adapter in a column. For <c>Transform</c>, <c>CreatePredictionEngine</c> and further steps; it cannot be saved.
    /// </summary>
    /// <param name="keyColumnName">The column with the adapter's key: text.</param>
    /// <param name="sentence1ColumnName">The text to classify.</param>
    /// <param name="sentence2ColumnName">The second text, where pairs are classified.</param>
    /// <param name="outputColumnName">The column of predicted labels to add.</param>
    /// <param name="scoreColumnName">The column of scores to add.</param>
    public ITransformer CreateTransformer(
        string keyColumnName, string sentence1ColumnName, string? sentence2ColumnName = null,
        string outputColumnName = "PredictedLabel", string scoreColumnName = "Score")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(keyColumnName);
        return new TenantTransformer(_host, new TenantScorer(this, keyColumnName, sentence1ColumnName, sentence2ColumnName), outputColumnName, scoreColumnName);
    }

    /// <summary>Removes all adapters and gives the base model back. Readers that have begun finish; new ones get an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        lock (_changes)
            _disposed = true;
        foreach (string key in _adapters.Keys)
            Remove(key);
        _base.Replace(null);
    }

    /// <summary>The base with a reference of the caller's own.</summary>
    internal PooledBase BorrowBase() => _base.Borrow() ?? throw new ObjectDisposedException(nameof(LoraAdapterPool));

    /// <summary>An adapter with a reference of the caller's own; null where there is none and that is allowed.</summary>
    internal PooledAdapter? Borrow(string key)
    {
        while (_adapters.TryGetValue(key, out PooledAdapter? adapter))
        {
            // An entry whose last reference is gone was replaced since it was found.
            if (adapter.Served.TryAddReference())
                return adapter;
        }

        return _options.AllowUnknownKeys
            ? null
            : throw new KeyNotFoundException($"The pool has no adapter '{key}' among its {Count}. Add it with Set or Load, or let AllowUnknownKeys give such rows an empty label.");
    }

    private void Put(string key, ServedAdapter served, RowEncoder encoder, bool? pairs)
    {
        var entry = new PooledAdapter(key, served, encoder, pairs);
        PooledAdapter? old;
        lock (_changes)
        {
            if (_disposed)
            {
                served.Release();
                throw new ObjectDisposedException(nameof(LoraAdapterPool));
            }

            _adapters.TryGetValue(key, out old);
            _adapters[key] = entry;
        }

        old?.Served.Release();
    }

    private PooledBaseShare Share() => new(BorrowBase());

    /// <summary>One tokenizer for all adapters that bring the same files.</summary>
    private HuggingFaceTokenizer Tokenizer(IReadOnlyList<(string Name, byte[] Content)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, byte[] content) in files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{content.Length}\0"));
            hash.AppendData(content);
        }

        return _tokenizers.GetOrAdd(Convert.ToHexString(hash.GetHashAndReset()), _ => new Lazy<HuggingFaceTokenizer>(() => HuggingFaceTokenizer.Load(files))).Value;
    }

    private HuggingFaceTokenizer Tokenizer(string folder) =>
        _tokenizers.GetOrAdd(folder, _ => new Lazy<HuggingFaceTokenizer>(() => HuggingFaceTokenizer.Load(folder))).Value;

    private void Warn(string text)
    {
        using IChannel channel = _host.Start("Adapter pool");
        channel.Warning(MessageSensitivity.None, text);
    }

    private readonly struct PooledBaseShare(PooledBase shared) : IDisposable
    {
        public PooledBase Base => shared;

        public void Dispose() => shared.Release();
    }
}
