using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Benchmarks.Training;

/// <summary>
/// What PEFT computes in a training step, with stock operators only: rows padded to the longest, a mask, libtorch's dropout, LayerNorm and
/// autograd through every adapter, one A and one B product per adapted layer, AdamW tensor by tensor.
/// Numbers of another program on the same libtorch, so that a ratio says what the product's own code is worth.
/// </summary>
internal sealed class DenseReference : IDisposable
{
    private const double Alpha = 16;
    private readonly ModelShape _shape;
    private readonly ScalarType _type;
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _words, _positions, _types;
    private readonly Norm _embeddingNorm;
    private readonly Layer[] _layers;
    private readonly Linear? _pooler;
    private readonly Tensor _headWeight, _headBias;
    private readonly List<Trained> _trained = [];
    private int _step;

    /// <param name="shape">The model.</param>
    /// <param name="type">Of everything: weights, activations, adapters.</param>
    public DenseReference(ModelShape shape, ScalarType type)
    {
        _shape = shape;
        _type = type;
        _words = Random(shape.Vocabulary, shape.Hidden);
        _positions = Random(ModelShape.Positions, shape.Hidden);
        _types = Random(2, shape.Hidden);
        _embeddingNorm = NewNorm();
        _layers = [.. Enumerable.Range(0, shape.Layers).Select(_ => new Layer(
            NewLinear(shape.Hidden, shape.Hidden, adapted: true),
            NewLinear(shape.Hidden, shape.Hidden),
            NewLinear(shape.Hidden, shape.Hidden, adapted: true),
            NewLinear(shape.Hidden, shape.Hidden),
            NewNorm(),
            NewLinear(shape.Hidden, shape.FeedForward),
            NewLinear(shape.FeedForward, shape.Hidden),
            NewNorm()))];
        _pooler = shape.Pooling == PoolingMode.Pooler ? NewLinear(shape.Hidden, shape.Hidden) : null;
        _headWeight = Train(Random(ModelShape.Classes, shape.Hidden));
        _headBias = Train(zeros([ModelShape.Classes], _type));
    }

    /// <summary>One optimizer step.</summary>
    /// <returns>The loss.</returns>
    public double Step(IReadOnlyList<int[]> rows, int[] labels)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor ids, Tensor keep) = Pad(rows);
        Tensor pooled = Pool(Encode(ids, keep), keep);
        Tensor logits = nn.functional.linear(Drop(pooled), _headWeight, _headBias);
        Tensor loss = nn.functional.cross_entropy(logits.to(ScalarType.Float32), tensor(labels.Select(l => (long)l).ToArray()));
        loss.backward();
        Update();
        return loss.item<float>();
    }

    public void Dispose() => _scope.Dispose();

    private (Tensor Ids, Tensor Keep) Pad(IReadOnlyList<int[]> rows)
    {
        int longest = rows.Max(r => r.Length);
        long[] ids = new long[rows.Count * longest];
        float[] keep = new float[ids.Length];
        for (int i = 0; i < rows.Count; i++)
        {
            for (int j = 0; j < rows[i].Length; j++)
            {
                ids[i * longest + j] = rows[i][j];
                keep[i * longest + j] = 1;
            }
        }

        return (tensor(ids).view(rows.Count, longest), tensor(keep).view(rows.Count, longest).to(_type));
    }

    private Tensor Encode(Tensor ids, Tensor keep)
    {
        long rows = ids.shape[0], length = ids.shape[1];
        Tensor words = _words.index_select(0, ids.view(-1)).view(rows, length, _shape.Hidden);
        Tensor x = Drop(_embeddingNorm.Apply(words + _positions.narrow(0, 0, length) + _types.narrow(0, 0, 1)));
        Tensor mask = ((1 - keep) * -10000).view(rows, 1, 1, length);
        foreach (Layer layer in _layers)
        {
            Tensor attention = Drop(layer.Output.Apply(Attend(layer, x, mask)));
            x = layer.AttentionNorm.Apply(attention + x);
            Tensor inner = nn.functional.gelu(layer.Inner.Apply(x));
            x = layer.OutputNorm.Apply(Drop(layer.Outer.Apply(inner)) + x);
        }

        return x;
    }

    private Tensor Attend(Layer layer, Tensor x, Tensor mask)
    {
        long rows = x.shape[0], length = x.shape[1];
        Tensor query = Heads(layer.Query.Apply(x)), key = Heads(layer.Key.Apply(x)), value = Heads(layer.Value.Apply(x));
        Tensor scores = query.matmul(key.transpose(-2, -1)) / Math.Sqrt(_shape.Hidden / _shape.Heads) + mask;
        Tensor mixed = Drop(nn.functional.softmax(scores, -1)).matmul(value);
        return mixed.transpose(1, 2).contiguous().view(rows, length, _shape.Hidden);

        Tensor Heads(Tensor t) => t.view(rows, length, _shape.Heads, _shape.Hidden / _shape.Heads).transpose(1, 2);
    }

    private Tensor Pool(Tensor x, Tensor keep) => _pooler is null
        ? (x * keep.unsqueeze(-1)).sum(1) / keep.sum(1, keepdim: true)
        : _pooler.Apply(x.select(1, 0)).tanh();

    private static Tensor Drop(Tensor x) => nn.functional.dropout(x, ModelShape.Dropout);

    private void Update()
    {
        using IDisposable noGradient = no_grad();
        _step++;
        double correction1 = 1 - Math.Pow(0.9, _step), correction2 = Math.Sqrt(1 - Math.Pow(0.999, _step));
        Tensor norm = stack([.. _trained.Select(t => t.Value.grad!.to(ScalarType.Float32).pow(2).sum())]).sum().sqrt();
        double scale = Math.Min(1, 1 / (norm.item<float>() + 1e-6));
        foreach (Trained t in _trained)
        {
            Tensor gradient = t.Value.grad!;
            gradient.mul_(scale);
            t.Value.mul_(1 - 1e-3 * 0.01);
            t.Mean.mul_(0.9).add_(gradient, 0.1);
            t.Square.mul_(0.999).addcmul_(gradient, gradient, 0.001);
            t.Value.addcdiv_(t.Mean, (t.Square.sqrt() / correction2).add_(1e-8), -1e-3 / correction1);
            gradient.fill_(0);
        }
    }

    private Tensor Random(params long[] size) => (randn(size) * 0.02).to(_type);

    private Norm NewNorm() => new(ones([_shape.Hidden], _type), zeros([_shape.Hidden], _type), _shape.Hidden);

    private Linear NewLinear(int inputs, int outputs, bool adapted = false) => new(
        Random(outputs, inputs),
        zeros([outputs], _type),
        adapted ? Train(Random(ModelShape.Rank, inputs)) : null,
        adapted ? Train(Random(outputs, ModelShape.Rank)) : null);

    private Tensor Train(Tensor tensor)
    {
        tensor.requires_grad_(true);
        _trained.Add(new Trained(tensor, zeros_like(tensor), zeros_like(tensor)));
        return tensor;
    }

    private sealed record Trained(Tensor Value, Tensor Mean, Tensor Square);

    private sealed record Layer(Linear Query, Linear Key, Linear Value, Linear Output, Norm AttentionNorm, Linear Inner, Linear Outer, Norm OutputNorm);

    private sealed record Norm(Tensor Weight, Tensor Bias, long Width)
    {
        public Tensor Apply(Tensor x) => nn.functional.layer_norm(x, [Width], Weight, Bias, 1e-12);
    }

    private sealed record Linear(Tensor Weight, Tensor Bias, Tensor? A, Tensor? B)
    {
        public Tensor Apply(Tensor x)
        {
            Tensor y = nn.functional.linear(x, Weight, Bias);
            if (A is null || B is null)
                return y;
            Tensor delta = nn.functional.linear(nn.functional.linear(nn.functional.dropout(x, ModelShape.Dropout), A), B);
            return y + delta * (Alpha / ModelShape.Rank);
        }
    }
}
