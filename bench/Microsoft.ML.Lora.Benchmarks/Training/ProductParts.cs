using Microsoft.ML.Lora.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Benchmarks.Training;

/// <summary>
/// The parts of the product's step that are no products with base weights, each alone on data of the same shape, forward and backward, as
/// often as a step needs it. Together with the bare products and the optimizer they tell where a step's time goes; what is left over is
/// embeddings, head, loss and the graph.
/// </summary>
internal sealed class ProductParts : IDisposable
{
    private const string Attention = "attention with its dropout";
    private const string Norms = "dropout, residual, LayerNorm";
    private const string Gelu = "GELU";

    private const string Adapted = "q, k and v with adapters";
    private const string NotAdapted = "q, k and v without";

    private const float Probability = (float)ModelShape.Dropout;
    private const ulong Seed = 5;
    private readonly ModelShape _shape;
    private readonly ScalarType _type;
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly AttentionBlock[] _blocks;
    private readonly AdaptedSlot _slot;
    private readonly ulong[] _tokenKeys;
    private readonly Tensor _qkv, _wide, _hidden, _residual, _normWeight, _normBias, _hiddenGradient, _wideGradient;
    private readonly Func<Tensor, Tensor> _activation = Activations.Get("gelu");

    public ProductParts(ModelShape shape, ScalarType type, IReadOnlyList<int> lengths)
    {
        _shape = shape;
        _type = type;
        int tokens = lengths.Sum();
        _blocks = Blocks(lengths, shape.Heads);
        _tokenKeys = Keys(tokens);
        _slot = new AdaptedSlot(shape, type, _tokenKeys);
        _qkv = Leaf(tokens, 3 * shape.Hidden);
        _wide = Leaf(tokens, shape.FeedForward);
        _hidden = Leaf(tokens, shape.Hidden);
        _residual = Leaf(tokens, shape.Hidden);
        _hiddenGradient = randn([tokens, shape.Hidden]).to(type);
        _wideGradient = randn([tokens, shape.FeedForward]).to(type);
        _normWeight = ones([shape.Hidden]);
        _normBias = zeros([shape.Hidden]);
    }

    /// <summary>Name and action of each part.</summary>
    public IReadOnlyList<(string Name, Action Action)> All =>
    [
        (Attention, () => Repeat(_shape.WholeLayers, () => PackedAttention.Apply(_qkv, _blocks, _shape.Heads, Probability), _hiddenGradient)),
        (Norms, () => Repeat(2 * _shape.WholeLayers, Norm, _hiddenGradient)),
        (Gelu, () => Repeat(_shape.WholeLayers, () => _activation(_wide), _wideGradient)),
        (Adapted, () => Repeat(_shape.Layers, _slot.WithAdapters)),
        (NotAdapted, () => Repeat(_shape.Layers, _slot.Without)),
    ];

    /// <summary>What each operator takes of a step.</summary>
    /// <param name="time">The time of one of <see cref="All"/>.</param>
    public static IEnumerable<(string Operator, double Time)> Shares(Func<string, double> time) =>
    [
        (Attention, time(Attention)),
        (Norms, time(Norms)),
        (Gelu, time(Gelu)),
        ("adapters: dropout, A, B, their gradients", Math.Max(0, time(Adapted) - time(NotAdapted))),
    ];

    public void Dispose()
    {
        _slot.Dispose();
        _scope.Dispose();
    }

    private Tensor Norm() => DropoutAddNorm.Apply(_hidden, _residual, _normWeight, _normBias, 1e-12, _tokenKeys, Probability, _type);

    private static void Repeat(int times, Action action)
    {
        for (int i = 0; i < times; i++)
            action();
    }

    private static void Repeat(int times, Func<Tensor> forward, Tensor gradient)
    {
        for (int i = 0; i < times; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            autograd.backward(forward(), gradient);
        }
    }

    private Tensor Leaf(params long[] size) => randn(size).to(_type).requires_grad_(true);

    private static AttentionBlock[] Blocks(IReadOnlyList<int> lengths, int heads)
    {
        List<AttentionBlock> blocks = [];
        int token = 0;
        foreach (IGrouping<int, int> group in lengths.Order().GroupBy(l => l))
        {
            blocks.Add(new AttentionBlock(token, group.Count(), group.Key, Keys(group.Count() * heads * group.Key)));
            token += group.Count() * group.Key;
        }

        return [.. blocks];
    }

    private static ulong[] Keys(int count) => [.. Enumerable.Range(0, count).Select(i => CounterRandom.Key(Seed, 1, (ulong)i))];
}
