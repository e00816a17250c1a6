using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Benchmarks.Training;

/// <summary>
/// The products of one training step with the base weights and nothing else: forward, and the gradient of each layer's input.
/// No implementation that computes the same step on the same libtorch can be faster, so its time is the ceiling.
/// </summary>
internal sealed class BareProducts : IDisposable
{
    private readonly int _layers;
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly (Tensor Weight, Tensor Input, Tensor Gradient)[] _products;

    public BareProducts(ModelShape shape, ScalarType type, long tokens)
    {
        _layers = shape.Layers;

        // Query, key and value have one input, so one product; then the attention's output and the two of the feed-forward part.
        (int Inputs, int Outputs)[] sizes =
            [(shape.Hidden, 3 * shape.Hidden), (shape.Hidden, shape.Hidden), (shape.Hidden, shape.FeedForward), (shape.FeedForward, shape.Hidden)];
        _products = [.. sizes.Select(s => (
            (randn([s.Outputs, s.Inputs]) * 0.02).to(type), randn([tokens, s.Inputs]).to(type), randn([tokens, s.Outputs]).to(type)))];
    }

    public void Step()
    {
        using IDisposable noGradient = no_grad();
        for (int layer = 0; layer < _layers; layer++)
        {
            foreach ((Tensor weight, Tensor input, Tensor gradient) in _products)
            {
                using Tensor forward = nn.functional.linear(input, weight);
                using Tensor backward = gradient.mm(weight);
            }
        }
    }

    public void Dispose() => _scope.Dispose();
}
