using Microsoft.ML.Lora.Kernels;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Tests.Kernels;

[TestClass]
public sealed class DropoutAddNormTests
{
    private const int Rows = 70, Columns = 96;

    /// <summary>float32: sums in another order. bfloat16: one rounding of values up to 4, and the gradient of a rounded input.</summary>
    private static double Tolerance(ScalarType type) => type == ScalarType.Float32 ? 2e-6 : 2e-2;

    [TestMethod]
    [DataRow(ScalarType.Float32, true, true)]
    [DataRow(ScalarType.Float32, false, true)]
    [DataRow(ScalarType.Float32, true, false)]
    [DataRow(ScalarType.BFloat16, true, true)]
    [DataRow(ScalarType.BFloat16, false, false)]
    public void VectorKernelEqualsStockOperators(ScalarType type, bool dropout, bool withResidual)
    {
        using DisposeScope scope = NewDisposeScope();
        ulong[]? keys = dropout ? [.. Enumerable.Range(0, Rows).Select(i => CounterRandom.Key(9, RandomStreams.Synthetic, (ulong)i))] : null;
        Tensor weight = Values(1, ScalarType.Float32, Columns) + 1, bias = Values(2, ScalarType.Float32, Columns);
        Tensor upstream = Values(3, type, Rows, Columns);
        var results = new List<(float[] Output, float[] Input, float[]? Residual)>();
        foreach (bool stock in (bool[])[false, true])
        {
            Tensor x = Values(4, type, Rows, Columns).requires_grad_();
            Tensor? residual = withResidual ? Values(5, type, Rows, Columns).requires_grad_() : null;
            Tensor y = stock
                ? DropoutAddNorm.Stock(x, residual, weight, bias, 1e-3, keys, 0.3f, type)
                : DropoutAddNorm.Apply(x, residual, weight, bias, 1e-3, keys, 0.3f, type);
            Assert.AreEqual(type, y.dtype);
            (y * upstream).sum().backward();
            results.Add((y.Floats(), x.grad!.Floats(), residual?.grad!.Floats()));
            HandedOver.Clear();
        }

        TensorValues.AssertClose(results[1].Output, results[0].Output, Tolerance(type), "output");
        TensorValues.AssertClose(results[1].Input, results[0].Input, Tolerance(type), "gradient of the input");
        if (withResidual)
            TensorValues.AssertClose(results[1].Residual, results[0].Residual, Tolerance(type), "gradient of the residual");
        if (dropout)
            Assert.IsGreaterThan(Rows * Columns / 5, results[0].Input.Count(v => v == 0), "dropped elements have no gradient");
    }

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void TheBiasOfTheProductBeforeIsAddedFirst(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        ulong[] keys = [.. Enumerable.Range(0, Rows).Select(i => CounterRandom.Key(9, RandomStreams.Synthetic, (ulong)i))];
        // Small enough that results stay below 8 and gradients below 4, where half of bfloat16's last place is within the tolerance.
        Tensor weight = (Values(1, ScalarType.Float32, Columns) * 0.1) + 0.5, bias = Values(2, ScalarType.Float32, Columns) * 0.1, shift = Values(6, type, Columns);
        Tensor upstream = (Values(3, type, Rows, Columns) * 0.25).to(ScalarType.Float32), residual = Values(5, type, Rows, Columns);
        var results = new List<(float[] Output, float[] Input)>();
        foreach (int way in (int[])[0, 1, 2])
        {
            // The third way is the definition, in float32 from the same inputs.
            Tensor x = Values(4, type, Rows, Columns).to(way == 2 ? ScalarType.Float32 : type).requires_grad_();
            Tensor y = way switch
            {
                0 => DropoutAddNorm.Apply(x, residual, weight, bias, 1e-3, keys, 0.3f, type, shift),
                1 => DropoutAddNorm.Stock(x, residual, weight, bias, 1e-3, keys, 0.3f, type, shift),
                _ => DropoutAddNorm.Stock(x + shift.to(ScalarType.Float32), residual.to(ScalarType.Float32), weight, bias, 1e-3, keys, 0.3f, ScalarType.Float32),
            };
            (y.to(ScalarType.Float32) * upstream).sum().backward();
            results.Add((y.Floats(), x.grad!.Floats()));
            HandedOver.Clear();
        }

        foreach (int way in (int[])[0, 1])
        {
            TensorValues.AssertClose(results[2].Output, results[way].Output, Tolerance(type), "output");
            TensorValues.AssertClose(results[2].Input, results[way].Input, Tolerance(type), "gradient of the input");
        }
    }

    [TestMethod]
    public void WithoutGraphTheResultIsTheSame()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = ones(Columns), bias = zeros(Columns), x = Values(4, ScalarType.BFloat16, Rows, Columns);
        float[] recorded = DropoutAddNorm.Apply(x.clone().requires_grad_(), x, weight, bias, 1e-12, null, 0, ScalarType.BFloat16).Floats();
        using IDisposable noGrad = no_grad();
        CollectionAssert.AreEqual(recorded, DropoutAddNorm.Apply(x, x, weight, bias, 1e-12, null, 0, ScalarType.BFloat16).Floats());
    }

    internal static Tensor Values(ulong seed, ScalarType type, params long[] shape)
    {
        float[] values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        CounterRandom.FillNormal(CounterRandom.Key(seed, RandomStreams.Synthetic), 1, values);
        return tensor(values, ScalarType.Float32).reshape(shape).to(type).clone();
    }
}
