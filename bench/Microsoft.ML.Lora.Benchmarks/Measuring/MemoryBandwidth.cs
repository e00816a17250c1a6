using System.Diagnostics;
using System.Numerics;

namespace Microsoft.ML.Lora.Benchmarks.Measuring;

/// <summary>How fast all cores together read memory.</summary>
internal static class MemoryBandwidth
{
    private const int Floats = 64 << 20;

    /// <summary>Best of several passes over 256 MiB, in GB/s.</summary>
    public static double Measure()
    {
        float[] data = GC.AllocateUninitializedArray<float>(Floats);
        Array.Fill(data, 1);
        int parts = Environment.ProcessorCount;
        double best = 0;
        for (int pass = 0; pass < 5; pass++)
        {
            long start = Stopwatch.GetTimestamp();
            Parallel.For(0, parts, part =>
            {
                ReadOnlySpan<float> slice = data.AsSpan((int)((long)Floats * part / parts)..(int)((long)Floats * (part + 1) / parts));
                if (Sum(slice) < 0)
                    throw new InvalidOperationException();
            });
            best = Math.Max(best, Floats * 4.0 / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }

        return best;
    }

    /// <summary>Four sums at once: one alone would wait for the additions and not for the memory.</summary>
    private static float Sum(ReadOnlySpan<float> values)
    {
        Vector<float> a = default, b = default, c = default, d = default;
        int width = Vector<float>.Count;
        for (int i = 0; i <= values.Length - 4 * width; i += 4 * width)
        {
            a += new Vector<float>(values[i..]);
            b += new Vector<float>(values[(i + width)..]);
            c += new Vector<float>(values[(i + 2 * width)..]);
            d += new Vector<float>(values[(i + 3 * width)..]);
        }

        return Vector.Sum(a + b + c + d);
    }
}
