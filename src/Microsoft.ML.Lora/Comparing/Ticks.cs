namespace Microsoft.ML.Lora.Comparing;

/// <summary>Round numbers along an axis.</summary>
internal static class Ticks
{
    /// <summary>Multiples of 1, 2 or 5 times a power of ten from below the lowest to above the highest value.</summary>
    /// <param name="low">The lowest value.</param>
    /// <param name="high">The highest value.</param>
    /// <param name="steps">About so many steps.</param>
    public static double[] Linear(double low, double high, int steps)
    {
        double span = Math.Max(high - low, 1e-12 + Math.Abs(high) * 1e-9);
        double raw = span / steps, power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = new[] { 1, 2, 5, 10 }.Select(m => m * power).First(s => s >= raw * 0.999999);
        long first = (long)Math.Floor(low / step + 1e-9), last = (long)Math.Ceiling(high / step - 1e-9);
        if (last == first)
            last++;
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
    }

    /// <summary>The powers of ten between two values above 0.</summary>
    public static double[] Powers(double low, double high)
    {
        int first = (int)Math.Ceiling(Math.Log10(low) - 1e-9), last = (int)Math.Floor(Math.Log10(high) + 1e-9);
        return [.. Enumerable.Range(first, Math.Max(0, last - first + 1)).Select(e => Math.Pow(10, e))];
    }
}
