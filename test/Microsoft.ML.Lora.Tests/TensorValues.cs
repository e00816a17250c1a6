using System.Runtime.InteropServices;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests;

/// <summary>Reads and compares tensors.</summary>
internal static class TensorValues
{
    /// <summary>All values in row-major order as float32.</summary>
    public static float[] Floats(this Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        return MemoryMarshal.Cast<byte, float>(tensor.detach().cpu().to(ScalarType.Float32).contiguous().bytes).ToArray();
    }

    /// <summary>A float32 tensor of an array.</summary>
    public static Tensor FromFloats(float[] values, params long[] shape) => tensor(values, ScalarType.Float32).reshape(shape);

    /// <summary>The largest absolute difference; NaN counts as infinite.</summary>
    public static double MaxDifference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        double max = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)expected[i] - actual[i]);
            max = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(max, difference);
        }

        return max;
    }

    /// <summary>Fails where values differ by more than the tolerance.</summary>
    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what)
    {
        double difference = MaxDifference(expected, actual);
        Assert.IsTrue(difference <= tolerance, $"{what}: differs by {difference:g3}, allowed is {tolerance:g3}.");
    }
}
