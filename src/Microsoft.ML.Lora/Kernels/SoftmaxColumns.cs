using System.Runtime.CompilerServices;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// Softmax of attention scores that lie by key, then by query: (keys, width). A lane is a query, so maxima and sums need no exchange between lanes,
/// any number of keys fits, and both elements that one draw of the dropout's generator decides are at hand.
/// </summary>
/// <remarks>Weights are not divided by their sum: whoever uses them multiplies with the inverse where there is less to multiply.</remarks>
internal static unsafe class SoftmaxColumns
{
    /// <summary>Replaces scores, in units of ln 2, by <c>2^(score - largest)</c>.</summary>
    /// <param name="scores">(keys, width).</param>
    /// <param name="keys">Keys of the attention: rows of the buffer.</param>
    /// <param name="width">Queries, a multiple of 16.</param>
    /// <param name="kept">What kept weights will be multiplied with.</param>
    /// <param name="inverse">(width): becomes kept / sum.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weights<TVector>(float* scores, int keys, int width, float kept, float* inverse)
        where TVector : struct, IVector<TVector>
    {
        for (int lane = 0; lane < width; lane += TVector.Count)
        {
            TVector largest = Largest<TVector>(scores + lane, keys, width), sum = TVector.Zero;
            float* at = scores + lane;
            for (int i = 0; i < keys; i++, at += width)
            {
                TVector power = Power(TVector.Load(at) - largest);
                sum += power;
                power.Store(at);
            }

            (TVector.Create(kept) / sum).Store(inverse + lane);
        }
    }

    /// <summary>As <see cref="Weights"/> with dropout.</summary>
    /// <param name="scores">(keys, width).</param>
    /// <param name="keys">Keys of the attention: rows of the buffer.</param>
    /// <param name="width">Queries, a multiple of 16.</param>
    /// <param name="kept">What kept weights will be multiplied with.</param>
    /// <param name="inverse">(width): becomes kept / sum.</param>
    /// <param name="threshold">See <see cref="DropoutMask.Threshold"/>.</param>
    /// <param name="lowKeys">(width): the lower half of the dropout key of each query.</param>
    /// <param name="highKeys">(width): the upper half.</param>
    /// <param name="clear">Whether a weight that is dropped becomes zero; otherwise it becomes negative, so that both forms are at hand.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DroppedWeights<TVector>(
        float* scores, int keys, int width, float kept, float* inverse, uint threshold, uint* lowKeys, uint* highKeys, bool clear)
        where TVector : struct, IVector<TVector>
    {
        // Below zero, that is with the sign set, are draws below the threshold.
        TVector limit = TVector.CreateInteger(0 - threshold), sign = TVector.CreateInteger(0x80000000), half = TVector.CreateInteger(0xffff);
        TVector lowest = TVector.Create(clear ? 0 : float.NegativeInfinity);
        for (int lane = 0; lane < width; lane += TVector.Count)
        {
            TVector largest = Largest<TVector>(scores + lane, keys, width), sum = TVector.Zero;
            TVector low = TVector.Load((float*)lowKeys + lane), high = TVector.Load((float*)highKeys + lane);
            float* at = scores + lane;
            for (int i = 0; i < keys; i += 2, at += 2 * width)
            {
                TVector draw = CounterRandom.Mix(low, high, TVector.CreateInteger((uint)i / 2));
                TVector power = Power(TVector.Load(at) - largest);
                sum += power;
                TVector.Larger(lowest, power ^ (TVector.AddIntegers(draw & half, limit) & sign)).Store(at);
                if (i + 1 == keys)
                    break;
                power = Power(TVector.Load(at + width) - largest);
                sum += power;
                TVector.Larger(lowest, power ^ (TVector.AddIntegers(TVector.ShiftRight(draw, 16), limit) & sign)).Store(at + width);
            }

            (TVector.Create(kept) / sum).Store(inverse + lane);
        }
    }

    /// <summary>
    /// From the gradient of the dropped probabilities to that of the scores before scaling, <c>p (g - sum(p g))</c>; clears dropped weights.
    /// </summary>
    /// <param name="weights">As <see cref="DroppedWeights"/> left them; dropped ones become zero.</param>
    /// <param name="slopes">(keys, width): the gradient of the dropped probabilities times <paramref name="inverse"/>; overwritten.</param>
    /// <param name="keys">As before.</param>
    /// <param name="width">As before.</param>
    /// <param name="kept">As before.</param>
    /// <param name="inverse">As before.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<TVector>(float* weights, float* slopes, int keys, int width, float kept, float* inverse)
        where TVector : struct, IVector<TVector>
    {
        for (int lane = 0; lane < width; lane += TVector.Count)
        {
            TVector even = TVector.Zero, odd = even;
            float* weight = weights + lane, slope = slopes + lane;
            int i = 0;
            for (; i + 2 <= keys; i += 2, weight += 2 * width, slope += 2 * width)
            {
                even = TVector.MultiplyAdd(Positive(TVector.Load(weight)), TVector.Load(slope), even);
                odd = TVector.MultiplyAdd(Positive(TVector.Load(weight + width)), TVector.Load(slope + width), odd);
            }

            if (i < keys)
                even = TVector.MultiplyAdd(Positive(TVector.Load(weight)), TVector.Load(slope), even);

            // The slopes have the inverse sum in them already, the weights have not.
            TVector inner = (even + odd) * TVector.Load(inverse + lane) * TVector.Create(-1 / kept);
            weight = weights + lane;
            slope = slopes + lane;
            for (i = 0; i < keys; i++, weight += width, slope += width)
            {
                TVector value = TVector.Load(weight), positive = Positive(value);
                TVector.MultiplyAdd(TVector.Abs(value), inner, positive * TVector.Load(slope)).Store(slope);
                positive.Store(weight);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TVector Largest<TVector>(float* at, int keys, int width)
        where TVector : struct, IVector<TVector>
    {
        TVector even = TVector.Load(at), odd = even;
        int i = 1;
        for (at += width; i + 2 <= keys; i += 2, at += 2 * width)
        {
            even = TVector.Larger(even, TVector.Load(at));
            odd = TVector.Larger(odd, TVector.Load(at + width));
        }

        return i < keys ? TVector.Larger(TVector.Larger(even, odd), TVector.Load(at)) : TVector.Larger(even, odd);
    }

    /// <summary>Zero where negative; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Positive<TVector>(TVector value)
        where TVector : struct, IVector<TVector> => TVector.Larger(TVector.Zero, value);

    /// <summary>2^x for x of at most 0, relative error below 3e-7; 2^-126 of what is below, NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Power<TVector>(TVector x)
        where TVector : struct, IVector<TVector>
    {
        // Next to 1.5 * 2^23 neighbours are 1 apart: the sum rounds x to whole and has it in its lowest bits, from where it goes to the exponent.
        TVector large = TVector.Create(12582912f), bounded = TVector.Larger(TVector.Create(-126f), x), sum = bounded + large, r = bounded - (sum - large);
        TVector p = TVector.Create(0.00132764725f);
        p = TVector.MultiplyAdd(p, r, TVector.Create(0.00967554096f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(0.0555071309f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(0.240221202f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(0.693146944f));
        p = TVector.MultiplyAdd(p, r, TVector.One);
        return TVector.AddIntegers(p, TVector.ShiftLeft(sum, 23));
    }
}
