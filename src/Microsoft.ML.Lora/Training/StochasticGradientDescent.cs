using System.Numerics;

namespace Microsoft.ML.Lora.Training;

/// <summary>Gradient descent with momentum (Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning"), as torch's SGD.</summary>
/// <remarks>
/// <c>g += wd * p; b = mu * b + (1 - dampening) g</c>, where a tensor's first b is its g; <c>p -= lr * b</c>, or with Nesterov's momentum
/// <c>p -= lr * (g + mu * b)</c>.
/// </remarks>
internal sealed class StochasticGradientDescent<T> : Optimizer<T>
    where T : struct, IFloatingPointIeee754<T>
{
    private readonly T[]? _buffer;
    private readonly T _momentum;
    private readonly T _new;
    private readonly bool _nesterov;

    /// <param name="lengths">Number of elements of each tensor.</param>
    /// <param name="momentum">mu.</param>
    /// <param name="dampening">How much less a gradient counts in b after the first.</param>
    /// <param name="nesterov">Look ahead by one step of momentum.</param>
    public StochasticGradientDescent(IReadOnlyList<int> lengths, double momentum = 0, double dampening = 0, bool nesterov = false)
        : base(lengths)
    {
        _momentum = T.CreateTruncating(momentum);
        _new = T.CreateTruncating(1 - dampening);
        _nesterov = nesterov;
        State = momentum == 0 ? new Dictionary<string, T[]>() : new Dictionary<string, T[]> { ["momentum"] = _buffer = new T[Length] };
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, T[]> State { get; }

    /// <inheritdoc/>
    protected override void Move(int index, Span<T> values, ReadOnlySpan<T> gradient, double learningRate, double weightDecay, T gradientScale)
    {
        Span<T> buffer = _buffer is null ? [] : _buffer.AsSpan(RangeOf(index));
        bool first = Steps[index] == 1;
        T pull = T.CreateTruncating(weightDecay), rate = T.CreateTruncating(learningRate);
        for (int i = 0; i < values.Length; i++)
        {
            T g = gradient[i] * gradientScale + values[i] * pull;
            if (!buffer.IsEmpty)
            {
                T b = buffer[i] = first ? g : buffer[i] * _momentum + g * _new;
                g = _nesterov ? g + b * _momentum : b;
            }

            values[i] -= g * rate;
        }
    }
}
