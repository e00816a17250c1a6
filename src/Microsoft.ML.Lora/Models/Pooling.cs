using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>Pooling as <see cref="PoolingSettings"/> say, without padding and so without masks; sums are float32.</summary>
internal sealed class Pooling : IPooling
{
    private readonly EncoderModel _model;

    /// <summary>Pooling over a model's hidden states.</summary>
    /// <exception cref="ArgumentException">The family's own pooler is asked for and the checkpoint has none.</exception>
    public Pooling(PoolingSettings settings, EncoderModel model)
    {
        if (settings.Modes.Contains(PoolingMode.Pooler) && model.Pooler is null)
            throw new ArgumentException($"The base model has no pooler of its own; choose another pooling than {nameof(PoolingMode.Pooler)}.", nameof(settings));
        Settings = settings;
        _model = model;
    }

    /// <summary>The settings.</summary>
    public PoolingSettings Settings { get; }

    /// <inheritdoc/>
    public int OutputSize => Settings.Modes.Count * _model.HiddenSize;

    /// <inheritdoc/>
    public bool FirstTokensOnly => Settings.Modes.All(mode => mode is PoolingMode.Cls or PoolingMode.Pooler);

    /// <inheritdoc/>
    public Tensor Pool(Tensor hidden, ForwardContext context)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] results = [.. Settings.Modes.Select(mode => One(mode, hidden, context))];
        return (results.Length == 1 ? results[0] : cat(results, 1)).MoveToOuterDisposeScope();
    }

    /// <summary>The folder's sentence embedding: pooled, and divided by its L2 norm where the folder says so.</summary>
    public Tensor Embed(Tensor hidden, ForwardContext context)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pooled = Pool(hidden, context);
        if (Settings.Normalize)
            pooled = pooled / pooled.norm(1, keepdim: true).clamp_min(1e-12);
        return pooled.MoveToOuterDisposeScope();
    }

    private Tensor One(PoolingMode mode, Tensor hidden, ForwardContext context)
    {
        PackedBatch batch = context.Batch;
        if (mode is PoolingMode.Cls)
            return FirstTokens(hidden, batch).to(ScalarType.Float32);
        if (mode is PoolingMode.Pooler)
            return _model.Pooler!.Forward(FirstTokens(hidden, batch), context).to(ScalarType.Float32).tanh();
        Tensor[] groups = [.. batch.Groups.Select(g => OfGroup(mode,
            hidden.narrow(0, g.FirstToken, g.TokenCount).view(g.RowCount, g.Length, -1).to(ScalarType.Float32)))];
        return groups.Length == 1 ? groups[0] : cat(groups, 0);
    }

    /// <summary>(rows, hidden). With as many vectors as rows, they are the first tokens already.</summary>
    private static Tensor FirstTokens(Tensor hidden, PackedBatch batch) =>
        hidden.shape[0] == batch.RowCount ? hidden : hidden.index_select(0, batch.FirstTokens);

    /// <summary>(rows, length, hidden) to (rows, hidden).</summary>
    private static Tensor OfGroup(PoolingMode mode, Tensor states)
    {
        long length = states.shape[1];
        switch (mode)
        {
            case PoolingMode.Mean:
                return states.mean([1]);
            case PoolingMode.Max:
                return states.amax([1]);
            case PoolingMode.MeanSqrtLength:
                return states.sum(1) / Math.Sqrt(length);
            case PoolingMode.WeightedMean:
                Tensor weights = arange(1, length + 1, ScalarType.Float32, states.device).view(1, length, 1);
                return (states * weights).sum(1) / (length * (length + 1) / 2.0);
            case PoolingMode.LastToken:
                return states.select(1, length - 1);
            default:
                throw new ArgumentOutOfRangeException(nameof(mode), mode, null);
        }
    }
}
