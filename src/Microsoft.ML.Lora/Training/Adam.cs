using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Lora.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", arXiv 1711.05101, algorithm 2), and Adam with weight decay as a part
/// of the gradient (Kingma and Ba 2015, arXiv 1412.6980); both also as AMSGrad (Reddi et al. 2018, arXiv 1904.09237).
/// </summary>
/// <remarks>
/// Decoupled: <c>p -= lr * wd * p</c>; else <c>g += wd * p</c>. Then <c>m += (1 - b1)(g - m); v = b2 v + (1 - b2) g^2;
/// p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)</c>; AMSGrad has the largest v so far in its place. Every operation is one element at
/// a time and correctly rounded, so the vector width does not change the bits.
/// </remarks>
internal sealed class Adam<T> : Optimizer<T>
    where T : struct, IFloatingPointIeee754<T>
{
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly T _epsilon;
    private readonly bool _decoupled;
    private readonly T[] _first;
    private readonly T[] _second;
    private readonly T[]? _largest;

    /// <param name="lengths">Number of elements of each tensor.</param>
    /// <param name="beta1">Decay rate of the first moment.</param>
    /// <param name="beta2">Decay rate of the second moment.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <param name="decoupled">Weight decay as AdamW has it.</param>
    /// <param name="amsGrad">Divide by the largest second moment so far.</param>
    public Adam(IReadOnlyList<int> lengths, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, bool decoupled = true, bool amsGrad = false)
        : base(lengths)
    {
        _beta1 = beta1;
        _beta2 = beta2;
        _epsilon = T.CreateTruncating(epsilon);
        _decoupled = decoupled;
        var state = new Dictionary<string, T[]> { ["first_moment"] = _first = new T[Length], ["second_moment"] = _second = new T[Length] };
        if (amsGrad)
            state.Add("largest_second_moment", _largest = new T[Length]);
        State = state;
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, T[]> State { get; }

    /// <inheritdoc/>
    protected override void Move(int index, Span<T> values, ReadOnlySpan<T> gradient, double learningRate, double weightDecay, T gradientScale)
    {
        Span<T> m = _first.AsSpan(RangeOf(index)), v = _second.AsSpan(RangeOf(index)), largest = _largest is null ? [] : _largest.AsSpan(RangeOf(index));
        bool coupled = !_decoupled && weightDecay != 0;
        T keep = _decoupled ? T.CreateTruncating(1 - learningRate * weightDecay) : T.One;
        T pull = T.CreateTruncating(weightDecay);
        T towards = T.CreateTruncating(1 - _beta1);
        T decay2 = T.CreateTruncating(_beta2);
        T new2 = T.CreateTruncating(1 - _beta2);
        T rate = T.CreateTruncating(learningRate / (1 - Math.Pow(_beta1, Steps[index])));
        T root = T.CreateTruncating(Math.Sqrt(1 - Math.Pow(_beta2, Steps[index])));

        int i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            Span<Vector<T>> vm = MemoryMarshal.Cast<T, Vector<T>>(m), vv = MemoryMarshal.Cast<T, Vector<T>>(v), vl = MemoryMarshal.Cast<T, Vector<T>>(largest);
            Span<Vector<T>> vp = MemoryMarshal.Cast<T, Vector<T>>(values);
            ReadOnlySpan<Vector<T>> vg = MemoryMarshal.Cast<T, Vector<T>>(gradient);
            var roots = new Vector<T>(root);
            var epsilons = new Vector<T>(_epsilon);
            for (int j = 0; j < vp.Length; j++)
            {
                Vector<T> g = vg[j] * gradientScale;
                if (coupled)
                    g += vp[j] * pull;
                Vector<T> moment = vm[j] + (g - vm[j]) * towards;
                Vector<T> square = vv[j] * decay2 + g * g * new2;
                vm[j] = moment;
                vv[j] = square;
                if (!vl.IsEmpty)
                    vl[j] = square = Vector.Max(vl[j], square);
                vp[j] = vp[j] * keep - moment / (Vector.SquareRoot(square) / roots + epsilons) * rate;
            }

            i = vp.Length * Vector<T>.Count;
        }

        for (; i < values.Length; i++)
        {
            T g = gradient[i] * gradientScale;
            if (coupled)
                g += values[i] * pull;
            m[i] += (g - m[i]) * towards;
            T square = v[i] = v[i] * decay2 + g * g * new2;
            if (!largest.IsEmpty)
                largest[i] = square = T.Max(largest[i], square);
            values[i] = values[i] * keep - m[i] / (T.Sqrt(square) / root + _epsilon) * rate;
        }
    }
}
