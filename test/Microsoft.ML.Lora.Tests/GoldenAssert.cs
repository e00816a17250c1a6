using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests;

/// <summary>Comparisons of numbers that may be infinite or not numbers.</summary>
internal static class GoldenAssert
{
    public static void Near(double expected, double actual, double tolerance, string what)
    {
        bool same = double.IsFinite(expected) ? Math.Abs(expected - actual) <= tolerance : expected.Equals(actual);
        Assert.IsTrue(same, $"{what}: expected {expected:R}, got {actual:R}, tolerance {tolerance:G3}");
    }

    /// <summary>Every element within an absolute tolerance; the message names the worst one.</summary>
    public static void Near(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what)
    {
        Assert.AreEqual(expected.Length, actual.Length, $"{what}: number of elements");
        int worst = -1;
        double distance = tolerance;
        for (int i = 0; i < expected.Length; i++)
        {
            double d = Math.Abs((double)expected[i] - actual[i]);
            if (double.IsNaN(d) || d > distance)
                (worst, distance) = (i, double.IsNaN(d) ? double.PositiveInfinity : d);
        }

        if (worst >= 0)
            Near(expected[worst], actual[worst], tolerance, $"{what}[{worst}]");
    }
}
