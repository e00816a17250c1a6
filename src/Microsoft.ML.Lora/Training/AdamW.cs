using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Lora.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", arXiv 1711.05101, algorithm 2) with torch's formulas in
/// float32. Works on spans, so that it neither knows nor needs tensors; the state is two plain arrays over all tensors.
/// </summary>
/// <remarks>
/// <c>p -= lr * wd * p; m += (1 - b1)(g - m); v = b2 v + (1 - b2) g^2; p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)</c>.
/// t counts the steps of each tensor: one without a gradient neither moves nor counts. Every operation is one element at a time and correctly
/// rounded, so the vector width does not change the bits.
/// </remarks>
internal sealed class AdamW
{
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly int[] _starts;

    /// <param name="lengths">Number of elements of each tensor.</param>
    /// <param name="beta1">Decay rate of the first moment.</param>
    /// <param name="beta2">Decay rate of the second moment.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    public AdamW(IReadOnlyList<int> lengths, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8)
    {
        _beta1 = beta1;
        _beta2 = beta2;
        _epsilon = epsilon;
        _starts = new int[lengths.Count + 1];
        for (int i = 0; i < lengths.Count; i++)
            _starts[i + 1] = checked(_starts[i] + lengths[i]);
        FirstMoments = new float[_starts[^1]];
        SecondMoments = new float[_starts[^1]];
        Steps = new long[lengths.Count];
    }

    /// <summary>m of all tensors, one behind the other.</summary>
    public float[] FirstMoments { get; }

    /// <summary>v of all tensors, one behind the other.</summary>
    public float[] SecondMoments { get; }

    /// <summary>Steps that each tensor has taken.</summary>
    public long[] Steps { get; }

    /// <summary>Where a tensor stands in a buffer of all.</summary>
    public Range RangeOf(int index) => _starts[index].._starts[index + 1];

    /// <summary>A copy of a buffer of all tensors, one array each.</summary>
    public float[][] Split(float[] buffer) => [.. Enumerable.Range(0, Steps.Length).Select(i => buffer[RangeOf(i)])];

    /// <summary>Goes on from a saved state.</summary>
    public void Restore(IReadOnlyList<float[]> firstMoments, IReadOnlyList<float[]> secondMoments, IReadOnlyList<long> steps)
    {
        for (int i = 0; i < Steps.Length; i++)
        {
            firstMoments[i].CopyTo(FirstMoments, _starts[i]);
            secondMoments[i].CopyTo(SecondMoments, _starts[i]);
            Steps[i] = steps[i];
        }
    }

    /// <summary>Moves one tensor by one step, in one pass.</summary>
    /// <param name="index">Which tensor.</param>
    /// <param name="values">Its elements, changed in place.</param>
    /// <param name="gradient">Their gradients.</param>
    /// <param name="learningRate">The rate of this step.</param>
    /// <param name="weightDecay">Decoupled weight decay.</param>
    /// <param name="gradientScale">What each gradient is multiplied with first: the coefficient of clipping.</param>
    public void Step(int index, Span<float> values, ReadOnlySpan<float> gradient, double learningRate, double weightDecay, float gradientScale = 1)
    {
        Span<float> m = FirstMoments.AsSpan(RangeOf(index));
        Span<float> v = SecondMoments.AsSpan(RangeOf(index));
        if (values.Length != m.Length || gradient.Length != m.Length)
            throw new ArgumentException($"Tensor {index} has {values.Length} elements and {gradient.Length} gradients; the optimizer was made for {m.Length}.");

        long t = ++Steps[index];
        float keep = (float)(1 - learningRate * weightDecay);
        float towards = (float)(1 - _beta1);
        float decay2 = (float)_beta2;
        float new2 = (float)(1 - _beta2);
        float rate = (float)(learningRate / (1 - Math.Pow(_beta1, t)));
        float root = (float)Math.Sqrt(1 - Math.Pow(_beta2, t));
        float epsilon = (float)_epsilon;

        int i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            Span<Vector<float>> vm = MemoryMarshal.Cast<float, Vector<float>>(m);
            Span<Vector<float>> vv = MemoryMarshal.Cast<float, Vector<float>>(v);
            Span<Vector<float>> vp = MemoryMarshal.Cast<float, Vector<float>>(values);
            ReadOnlySpan<Vector<float>> vg = MemoryMarshal.Cast<float, Vector<float>>(gradient);
            var roots = new Vector<float>(root);
            var epsilons = new Vector<float>(epsilon);
            for (int j = 0; j < vp.Length; j++)
            {
                Vector<float> g = vg[j] * gradientScale;
                Vector<float> moment = vm[j] + (g - vm[j]) * towards;
                Vector<float> square = vv[j] * decay2 + g * g * new2;
                vm[j] = moment;
                vv[j] = square;
                vp[j] = vp[j] * keep - moment / (Vector.SquareRoot(square) / roots + epsilons) * rate;
            }

            i = vp.Length * Vector<float>.Count;
        }

        for (; i < values.Length; i++)
        {
            float g = gradient[i] * gradientScale;
            m[i] += (g - m[i]) * towards;
            v[i] = v[i] * decay2 + g * g * new2;
            values[i] = values[i] * keep - m[i] / (MathF.Sqrt(v[i]) / root + epsilon) * rate;
        }
    }
}
