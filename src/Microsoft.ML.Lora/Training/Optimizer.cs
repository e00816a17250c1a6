using System.Numerics;

namespace Microsoft.ML.Lora.Training;

/// <summary>
/// An update rule and its state over the elements of several tensors, with torch's formulas. Works on spans, so that it neither knows nor needs
/// tensors. Steps are counted for each tensor: one without a gradient neither moves nor counts.
/// </summary>
/// <typeparam name="T">float in training; the formulas are the same in double.</typeparam>
internal abstract class Optimizer<T>
    where T : struct, IFloatingPointIeee754<T>
{
    private readonly int[] _starts;

    /// <param name="lengths">Number of elements of each tensor.</param>
    protected Optimizer(IReadOnlyList<int> lengths)
    {
        _starts = new int[lengths.Count + 1];
        for (int i = 0; i < lengths.Count; i++)
            _starts[i + 1] = checked(_starts[i] + lengths[i]);
        Steps = new long[lengths.Count];
    }

    /// <summary>Elements of all tensors.</summary>
    public int Length => _starts[^1];

    /// <summary>Steps that each tensor has taken.</summary>
    public long[] Steps { get; }

    /// <summary>All that the rule remembers beside the steps: named buffers over all tensors, one behind the other.</summary>
    public abstract IReadOnlyDictionary<string, T[]> State { get; }

    /// <summary>Where a tensor stands in a buffer of all.</summary>
    public Range RangeOf(int index) => _starts[index].._starts[index + 1];

    /// <summary>A copy of a buffer of all tensors, one array each.</summary>
    public T[][] Split(T[] buffer) => [.. Enumerable.Range(0, Steps.Length).Select(i => buffer[RangeOf(i)])];

    /// <summary>Goes on from a saved state.</summary>
    public void Restore(IReadOnlyDictionary<string, T[][]> state, IReadOnlyList<long> steps)
    {
        foreach ((string name, T[] buffer) in State)
        {
            for (int i = 0; i < Steps.Length; i++)
                state[name][i].CopyTo(buffer, _starts[i]);
        }

        for (int i = 0; i < Steps.Length; i++)
            Steps[i] = steps[i];
    }

    /// <summary>Moves one tensor by one step, in one pass.</summary>
    /// <param name="index">Which tensor.</param>
    /// <param name="values">Its elements, changed in place.</param>
    /// <param name="gradient">Their gradients.</param>
    /// <param name="learningRate">The rate of this step.</param>
    /// <param name="weightDecay">How strongly values are pulled to 0.</param>
    /// <param name="gradientScale">What each gradient is multiplied with first: the coefficient of clipping.</param>
    public void Step(int index, Span<T> values, ReadOnlySpan<T> gradient, double learningRate, double weightDecay, double gradientScale = 1)
    {
        int length = _starts[index + 1] - _starts[index];
        if (values.Length != length || gradient.Length != length)
            throw new ArgumentException($"Tensor {index} has {values.Length} elements and {gradient.Length} gradients; the optimizer was made for {length}.");
        Steps[index]++;
        Move(index, values, gradient, learningRate, weightDecay, T.CreateTruncating(gradientScale));
    }

    /// <summary>The rule; the step has been counted.</summary>
    protected abstract void Move(int index, Span<T> values, ReadOnlySpan<T> gradient, double learningRate, double weightDecay, T gradientScale);
}
