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
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void GeluEqualsTheExactOneRounded(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        // All magnitudes from tiny to where both ends are flat; 64 a row because vectors take rows of 32.
        float[] values = [.. Enumerable.Range(0, 4096).Select(i => (i - 2048) / 128f)];
        Tensor x = TensorValues.FromFloats(values, 64, 64).to(type).clone().requires_grad_();
        Tensor wide = x.detach().to(ScalarType.Float64).requires_grad_();
        Tensor result = Gelu.Apply(x), exact = wide.gelu();
        result.sum().backward();
        exact.sum().backward();
        float[] actual = result.Floats(), expected = exact.Floats(), slope = x.grad!.Floats(), exactSlope = wide.grad!.Floats();

        // bfloat16: half a unit in the last of 8 bits. float32: the exponent -x^2 / 2, at most 128, has 24 bits, so the far tail has 16 of its own;
        // the slope crosses zero, where only the sum's parts, of at most 1.2, have bits. 2e-15: the rounding of 1 + erf in the
        // reference, in float64, times x.
        double relative = type == ScalarType.BFloat16 ? 1.0 / 256 : 4e-6;
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], (Math.Abs(expected[i]) * relative) + 2e-15, $"gelu({values[i]})");
            Assert.AreEqual(exactSlope[i], slope[i], (Math.Abs(exactSlope[i]) * relative) + 2e-7, $"gelu'({values[i]})");
        }

        Assert.IsTrue(float.IsNaN(Gelu.Apply(TensorValues.FromFloats([.. Enumerable.Repeat(float.NaN, 32)], 1, 32).to(type)).Floats()[0]));
        using IDisposable noGrad = no_grad();
        CollectionAssert.AreEqual(actual, Gelu.Apply(x.detach()).Floats());
    }

    [TestMethod]
    [DataRow("gelu", ScalarType.BFloat16)]
    [DataRow("gelu", ScalarType.Float32)]
    [DataRow("relu", ScalarType.BFloat16)]
    public void ABiasIsAddedFirst(string name, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        // 96 columns do not divide the blocks that threads share, and 300 rows make several.
        Tensor x = DropoutAddNormTests.Values(1, type, 300, 96).requires_grad_(), bias = DropoutAddNormTests.Values(2, type, 96);
        Tensor wide = x.detach().to(ScalarType.Float32).requires_grad_();
        Tensor actual = Activations.GetBiased(name)(x, bias), expected = Activations.Get(name)(wide + bias.to(ScalarType.Float32));
        actual.sum().backward();
        expected.sum().backward();
        // In bfloat16 sum and result are rounded to 8 bits where they are not computed in one pass; values are below 8.
        double tolerance = type == ScalarType.Float32 ? 1e-6 : 2e-2;
        TensorValues.AssertClose(expected.Floats(), actual.Floats(), tolerance, "value");
        if (name == "gelu")
            TensorValues.AssertClose(wide.grad!.Floats(), x.grad!.Floats(), tolerance, "gradient");
        CollectionAssert.AreEqual(Activations.Get(name)(x).Floats(), Activations.GetBiased(name)(x, null).Floats());
        using IDisposable noGrad = no_grad();
        CollectionAssert.AreEqual(actual.Floats(), Activations.GetBiased(name)(x.detach(), bias).Floats());
    }
}
