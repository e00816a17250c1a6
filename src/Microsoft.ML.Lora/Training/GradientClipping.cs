using System.Numerics;

namespace Microsoft.ML.Lora.Training;

/// <summary>Clipping by the norm over all gradients together, as torch's <c>clip_grad_norm_</c>.</summary>
internal static class GradientClipping
{
    /// <summary>
    /// The norm over all tensors, summed in double in a fixed order. A sum of powers beyond float32's range counts as infinite, as it does
    /// where the sum is kept in float32: such a gradient must stop a training, not be scaled.
    /// </summary>
    public static double Norm(IReadOnlyList<float[]> gradients, double order = 2)
    {
        if (double.IsPositiveInfinity(order))
        {
            double largest = 0;
            foreach (float[] gradient in gradients)
            {
                foreach (float g in gradient)
                    largest = double.IsNaN(largest) || float.IsNaN(g) ? double.NaN : Math.Max(largest, Math.Abs(g));
            }

            return largest;
        }

        double sum = 0;
        foreach (float[] gradient in gradients)
        {
            double part = 0;
            foreach (float g in gradient)
                part += order == 2 ? (double)g * g : order == 1 ? Math.Abs(g) : Math.Pow(Math.Abs(g), order);
            sum += part;
        }

        if (sum > float.MaxValue)
            return double.PositiveInfinity;
        return order == 2 ? Math.Sqrt(sum) : Math.Pow(sum, 1 / order);
    }

    /// <summary>
    /// Multiplies every gradient with <c>min(1, maximum / (norm + 1e-6))</c>. With an infinite norm that is 0, and 0 times infinity is not a
    /// number: a caller that must not continue checks the norm first.
    /// </summary>
    /// <returns>The norm before.</returns>
    public static double Clip(IReadOnlyList<float[]> gradients, double maximum, double order = 2)
    {
        double norm = Norm(gradients, order);
        Scale(gradients, maximum, norm);
        return norm;
    }

    /// <summary>The second half of <see cref="Clip"/> for a norm that is already known.</summary>
    public static void Scale(IReadOnlyList<float[]> gradients, double maximum, double norm)
    {
        double exact = maximum / (norm + 1e-6);
        float coefficient = exact > 1 ? 1 : (float)exact; // a comparison with NaN is false: NaN stays NaN
        if (coefficient == 1)
            return;
        foreach (float[] gradient in gradients)
        {
            int i = 0;
            for (; i <= gradient.Length - Vector<float>.Count; i += Vector<float>.Count)
                (new Vector<float>(gradient, i) * coefficient).CopyTo(gradient, i);
            for (; i < gradient.Length; i++)
                gradient[i] *= coefficient;
        }
    }
}
