using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Lora.Training;

/// <summary>Clipping by the norm over all gradients together, as torch's <c>clip_grad_norm_</c>.</summary>
internal static class GradientClipping
{
    /// <summary>
    /// The norm over all gradients, summed in double in an order that depends on nothing but their number: eight sums side by side, added at the end.
    /// A sum of powers beyond float32's range counts as infinite, as it does where the sum is kept in float32: such a gradient must stop a
    /// training, not be scaled.
    /// </summary>
    public static double Norm(ReadOnlySpan<float> gradients, double order = 2)
    {
        if (double.IsPositiveInfinity(order))
        {
            double largest = 0;
            foreach (float g in gradients)
                largest = double.IsNaN(largest) || float.IsNaN(g) ? double.NaN : Math.Max(largest, Math.Abs(g));
            return largest;
        }

        double sum = order == 2 ? SumOfSquares(gradients) : 0;
        if (order != 2)
        {
            foreach (float g in gradients)
                sum += order == 1 ? Math.Abs(g) : Math.Pow(Math.Abs(g), order);
        }

        if (sum > float.MaxValue)
            return double.PositiveInfinity;
        return order == 2 ? Math.Sqrt(sum) : Math.Pow(sum, 1 / order);
    }

    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        Vector256<double> low = default, high = default; // eight lanes on every machine
        ReadOnlySpan<Vector256<float>> vectors = MemoryMarshal.Cast<float, Vector256<float>>(values);
        foreach (Vector256<float> v in vectors)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(v);
            low += a * a;
            high += b * b;
        }

        low += high;
        double sum = (low[0] + low[1]) + (low[2] + low[3]);
        foreach (float g in values[(vectors.Length * Vector256<float>.Count)..])
            sum += (double)g * g;
        return sum;
    }

    /// <summary>
    /// What clipping multiplies every gradient with: <c>min(1, maximum / (norm + 1e-6))</c>. With an infinite norm that is 0, and 0 times infinity is
    /// not a number: a caller that must not continue checks the norm first.
    /// </summary>
    /// <param name="norm">Of all gradients.</param>
    /// <param name="maximum">The largest norm that is left as it is; greater than 0.</param>
    public static float Coefficient(double norm, double maximum)
    {
        double exact = maximum / (norm + 1e-6);
        return exact > 1 ? 1 : (float)exact; // a comparison with NaN is false: NaN stays NaN
    }
}
