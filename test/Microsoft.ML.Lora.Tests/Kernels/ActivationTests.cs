using System.Text.Json;
using Microsoft.ML.Lora.Kernels;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Kernels;

[TestClass]
public sealed class ActivationTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void ActivationsEqualTheRecordedOnes()
    {
        var run = new GoldenRun(TestContext, "hf/micro/activations.json");
        string file = Path.Combine(GoldenFiles.Root, "hf", "micro", "activations.json");
        Assert.IsTrue(File.Exists(file), file);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
        float[] x = [.. document.RootElement.GetProperty("x").EnumerateArray().Select(v => v.GetSingle())];
        foreach (JsonProperty activation in document.RootElement.GetProperty("activations").EnumerateObject())
        {
            if (!Activations.IsKnown(activation.Name))
            {
                run.LeaveOut(activation.Name, "not supported");
                continue;
            }

            run.Case(activation.Name, () =>
            {
                using DisposeScope scope = NewDisposeScope();
                float[] expected = [.. activation.Value.GetProperty("y").EnumerateArray().Select(v => (float)v.GetDouble())];
                float[] actual = Activations.Get(activation.Name)(TensorValues.FromFloats(x, x.Length)).Floats();
                TensorValues.AssertClose(expected, actual, GoldenTolerances.Activation, activation.Name);
            });
        }

        run.Finish();
    }

    [TestMethod]
    public void BFloat16GeluEqualsTheExactOneRounded()
    {
        using DisposeScope scope = NewDisposeScope();
        // All magnitudes from tiny to where both ends are flat; 64 a row because vectors take rows of 32.
        float[] values = [.. Enumerable.Range(0, 4096).Select(i => (i - 2048) / 128f)];
        Tensor x = TensorValues.FromFloats(values, 64, 64).to(ScalarType.BFloat16).requires_grad_();
        Tensor wide = x.detach().to(ScalarType.Float32).requires_grad_();
        Tensor narrow = BFloat16Gelu.Apply(x), exact = wide.gelu();
        narrow.sum().backward();
        exact.sum().backward();
        float[] actual = narrow.Floats(), expected = exact.Floats(), slope = x.grad!.Floats(), exactSlope = wide.grad!.Floats();
        for (int i = 0; i < actual.Length; i++)
        {
            // Half a unit in the last of 8 bits, and the approximation's own 1.5e-7.
            Assert.AreEqual(expected[i], actual[i], (Math.Abs(expected[i]) / 256) + 2e-6, $"gelu({values[i]})");
            Assert.AreEqual(exactSlope[i], slope[i], (Math.Abs(exactSlope[i]) / 256) + 2e-6, $"gelu'({values[i]})");
        }

        Assert.IsTrue(float.IsNaN(BFloat16Gelu.Apply(TensorValues.FromFloats([.. Enumerable.Repeat(float.NaN, 32)], 1, 32).to(ScalarType.BFloat16)).Floats()[0]));
        using IDisposable noGrad = no_grad();
        CollectionAssert.AreEqual(actual, BFloat16Gelu.Apply(x.detach()).Floats());
    }
}
