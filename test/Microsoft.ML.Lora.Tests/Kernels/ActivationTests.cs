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
}
