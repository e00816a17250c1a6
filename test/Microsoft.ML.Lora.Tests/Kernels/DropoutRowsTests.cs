using Microsoft.ML.Lora.Kernels;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Kernels;

[TestClass]
public sealed class DropoutRowsTests
{
    [TestMethod]
    [DataRow(ScalarType.Float32, 96)]
    [DataRow(ScalarType.BFloat16, 96)]
    [DataRow(ScalarType.Float32, 24)]
    public void EqualsTheMaskAndRoundsOnce(ScalarType type, int columns)
    {
        using DisposeScope scope = NewDisposeScope();
        ulong[] keys = [.. Enumerable.Range(0, 40).Select(i => CounterRandom.Key(2, RandomStreams.Synthetic, (ulong)i))];
        Tensor x = DropoutAddNormTests.Values(4, type, keys.Length, columns), sum = DropoutAddNormTests.Values(5, type, keys.Length, columns);
        Tensor mask = DropoutMask.Create(keys, columns, 0.3f, DropoutMask.KeptScale(0.3f), ScalarType.Float32);
        Tensor expected = (x.to(ScalarType.Float32) * mask).to(type);
        CollectionAssert.AreEqual(expected.Floats(), DropoutRows.Apply(x, keys, 0.3f).Floats());
        // The product is not rounded before it is added, so a unit in the last place of values up to 5 may differ.
        float[] expectedSum = (sum + expected).Floats();
        DropoutRows.AddTo(sum, x, keys, 0.3f);
        TensorValues.AssertClose(expectedSum, sum.Floats(), type == ScalarType.Float32 ? 1e-6 : 5f / 128, "sum");
    }
}
