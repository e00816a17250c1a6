using Microsoft.ML.Lora.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>BERT's encoder (Devlin et al. 2019) over packed tokens, with Hugging Face's names.</summary>
internal sealed class BertModel : EncoderModel
{
    private const int EmbeddingDropoutSite = 0;

    private readonly Dictionary<string, Tensor> _weights = new(StringComparer.Ordinal);
    private readonly List<LinearSlot> _slots = [];
    private readonly List<PostNormLayer> _layers = [];
    private readonly Tensor _words, _positions, _types;
    private readonly ResidualNorm _embeddingNorm;
    private int _nextDropoutSite = EmbeddingDropoutSite;

    /// <summary>Builds the model.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="provider">The weights.</param>
    /// <param name="computeType">The format of products: resolved. Norms are always float32.</param>
    /// <param name="device">Where the weights are.</param>
    public BertModel(ModelConfig config, IWeightProvider provider, ComputeType computeType, Device? device = null)
    {
        Config = config;
        ComputeType = computeType;
        Device = device ?? CPU;
        try
        {
            ScalarType type = computeType.ToScalarType();
            _words = Take(provider, "embeddings.word_embeddings.weight", type);
            _positions = Take(provider, "embeddings.position_embeddings.weight", type);
            _types = Take(provider, "embeddings.token_type_embeddings.weight", type);
            _embeddingNorm = Norm(provider, "embeddings.LayerNorm");
            for (int i = 0; i < config.Layers; i++)
                _layers.Add(Layer(provider, $"encoder.layer.{i}", type));
            if (provider.Has("pooler.dense.weight"))
                Pooler = Slot(provider, type, "pooler.dense");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override ModelConfig Config { get; }

    /// <inheritdoc/>
    public override ComputeType ComputeType { get; }

    /// <inheritdoc/>
    public override Device Device { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<LinearSlot> Slots => _slots;

    /// <inheritdoc/>
    public override LinearSlot? Pooler { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Weights => _weights;

    /// <inheritdoc/>
    public override string PathPrefix => "bert.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> DefaultTargetModules { get; } = ["query", "key", "value"];

    /// <inheritdoc/>
    public override Tensor Forward(ForwardContext context, bool firstTokensOnly = false)
    {
        if (context.ComputeType != ComputeType)
            throw new ArgumentException($"The model computes in {ComputeType}, the forward asks for {context.ComputeType}.", nameof(context));
        if (context.Batch.Groups[^1].Length > MaxPositions)
            throw new ArgumentException($"A row has {context.Batch.Groups[^1].Length} tokens; the model takes at most {MaxPositions}.", nameof(context));
        CheckEmbeddings(context.Batch);
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = Embed(context);
        Collect(hidden, context);
        foreach (PostNormLayer layer in _layers)
        {
            hidden = layer.Forward(hidden, Config, context, firstTokensOnly && layer == _layers[^1]);
            Collect(hidden, context);
        }

        return hidden.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (PostNormLayer layer in _layers)
            layer.Dispose();
        Pooler?.Dispose();
        _embeddingNorm?.Dispose();
        foreach (Tensor weight in _weights.Values)
            weight.Dispose();
    }

    private Tensor Embed(ForwardContext context)
    {
        PackedBatch batch = context.Batch;
        using DisposeScope scope = NewDisposeScope();
        Tensor words = _words.index_select(0, batch.InputIds);
        if (context.Training && context.EmbeddingNoise > 0)
            words = words + EmbeddingNoise.Create(context, HiddenSize).to(words.dtype);
        Tensor sum = (words + _types.index_select(0, batch.TypeIds)) + _positions.index_select(0, batch.Positions);
        Tensor normed = _embeddingNorm.Forward(sum, null, 0, context);
        float dropout = context.HiddenDropout ?? Config.HiddenDropout;
        if (context.Training && dropout > 0)
        {
            normed = DropoutRows.Apply(normed, ContextDropout.TokenKeys(context, RandomStreams.HiddenDropout, EmbeddingDropoutSite), dropout);
        }

        return normed.MoveToOuterDisposeScope();
    }

    private PostNormLayer Layer(IWeightProvider provider, string path, ScalarType type) => new()
    {
        Attention = new SelfAttention(_layers.Count, Config.Heads,
            Slot(provider, type, $"{path}.attention.self.query", $"{path}.attention.self.key", $"{path}.attention.self.value"),
            Slot(provider, type, $"{path}.attention.output.dense")),
        AttentionNorm = Norm(provider, $"{path}.attention.output.LayerNorm"),
        Up = Slot(provider, type, $"{path}.intermediate.dense"),
        Activation = Activations.GetBiased(Config.HiddenAct),
        Down = Slot(provider, type, $"{path}.output.dense"),
        OutputNorm = Norm(provider, $"{path}.output.LayerNorm"),
    };

    private LinearSlot Slot(IWeightProvider provider, ScalarType type, params string[] paths)
    {
        var slot = new LinearSlot(_slots.Count, [.. paths.Select(p => (p, provider.Take($"{p}.weight", type), (Tensor?)provider.Take($"{p}.bias", type)))]);
        _slots.Add(slot);
        foreach (LinearPart part in slot.Parts)
        {
            _weights.Add($"{part.Path}.weight", part.Weight);
            _weights.Add($"{part.Path}.bias", part.Bias!);
        }

        return slot;
    }

    private ResidualNorm Norm(IWeightProvider provider, string path) => new(_nextDropoutSite++, Take(provider, $"{path}.weight", ScalarType.Float32),
        Take(provider, $"{path}.bias", ScalarType.Float32), Config.LayerNormEps);

    private Tensor Take(IWeightProvider provider, string name, ScalarType type)
    {
        Tensor weight = provider.Take(name, type);
        _weights.Add(name, weight);
        return weight;
    }

    private static void Collect(Tensor hidden, ForwardContext context) => context.HiddenStates?.Add(hidden.alias().DetachFromDisposeScope());
}
