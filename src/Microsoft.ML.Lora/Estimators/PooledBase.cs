using System.Collections.Concurrent;
using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Models;
using TorchSharp;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>The base model that all adapters of a pool share. Rows of any of them are computed together.</summary>
internal sealed class PooledBase : Counted, IBatchModel
{
    private readonly BaseModelHandle _handle;
    private readonly ConcurrentDictionary<string, Pooling> _poolings = new(StringComparer.Ordinal);

    /// <param name="baseModel">The base.</param>
    /// <param name="options">Precision, and whether rows are computed alone.</param>
    /// <param name="device">Where to compute.</param>
    public PooledBase(BaseModel baseModel, LoraAdapterPoolOptions options, torch.Device device)
    {
        _handle = baseModel.Acquire(options.ComputeType, device);
        OneByOne = options.Deterministic;
    }

    /// <inheritdoc/>
    public bool OneByOne { get; }

    /// <summary>The base's settings.</summary>
    public ModelConfig Config => _handle.Model.Config;

    /// <summary>Memory of the shared weights: the process's own, and mapped from files.</summary>
    public (long Own, long Mapped) Bytes => (_handle.OwnBytes, _handle.MappedBytes);

    /// <summary>Makes an adapter ready to score.</summary>
    /// <param name="file">Its files.</param>
    /// <param name="settings">Its pooling.</param>
    /// <param name="labels">The names of its classes; null to number them.</param>
    /// <param name="temperature">Its calibration.</param>
    /// <exception cref="LoraFormatException">It does not fit the base, has no head, or another number of classes.</exception>
    public ServedAdapter Serve(PeftAdapter file, PoolingSettings settings, IReadOnlyList<string>? labels, double temperature)
    {
        EncoderModel model = _handle.Model;
        Pooling pooling = _poolings.GetOrAdd(settings.ToString(), _ => new Pooling(settings, model));
        using DisposeScope scope = torch.NewDisposeScope();
        using ClassifierHead head = file.CreateHead(dropout: 0, model.Device)
            ?? throw new LoraFormatException($"'{file.Config.Name}' belongs to an adapter without a classifier; it needs one to classify with: train with task type SEQ_CLS.");
        if (labels is not null && labels.Count != head.Classes)
            throw new LoraFormatException($"The adapter's head has {head.Classes} classes, and there are {labels.Count} labels.");
        using LoraAdapter? adapter = file.Bind(model, pooling.OutputSize, out _);
        return new ServedAdapter(model, pooling, adapter, head, labels ?? [.. Enumerable.Range(0, head.Classes).Select(i => $"{i}")], temperature);
    }

    /// <inheritdoc/>
    public float[][] Run(IReadOnlyList<TokenizedRow> rows)
    {
        AdaptedRow[] adapted = [.. rows.Cast<AdaptedRow>()];
        float[][] logits = MixedForward.Logits(_handle.Model, adapted);
        for (int i = 0; i < adapted.Length; i++)
            logits[i] = Softmax.Of(logits[i], adapted[i].Adapter.Temperature);
        return logits;
    }

    /// <inheritdoc/>
    protected override void Free() => _handle.Dispose();
}
