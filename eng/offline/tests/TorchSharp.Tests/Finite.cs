using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Gradients against central differences in double.</summary>
internal static class Finite
{
    // Central differences with this step are off by about step^2 times the third derivative, and by rounding / step.
    private const double Step = 1e-5;
    private const double Tolerance = 2e-6;

    /// <summary>Fails where the gradient of a weighted sum of the result is not the difference quotient, for any input element.</summary>
    public static void Check(string name, Func<Tensor[], Tensor> function, params Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        var leaves = inputs.Select(input => input.detach().clone().requires_grad_()).ToArray();
        var result = function(leaves);
        var weights = Weights(result.shape);
        result.mul(weights).sum().backward();
        for (var k = 0; k < inputs.Length; k++)
        {
            var gradient = leaves[k].grad is { } found ? found.contiguous().data<double>().ToArray() : new double[inputs[k].numel()];
            var values = inputs[k].contiguous().data<double>().ToArray();
            for (var place = 0; place < values.Length; place++)
            {
                var slope = (At(values[place] + Step) - At(values[place] - Step)) / (2 * Step);
                var allowed = Tolerance * Math.Max(1, Math.Abs(slope));
                Assert.IsTrue(
                    Math.Abs(gradient[place] - slope) <= allowed, $"{name}: input {k}[{place}]: gradient {gradient[place]}, differences {slope}");

                double At(double value)
                {
                    using var inner = NewDisposeScope();
                    using var none = no_grad();
                    var moved = (double[])values.Clone();
                    moved[place] = value;
                    var arguments = (Tensor[])inputs.Clone();
                    arguments[k] = tensor(moved).reshape(inputs[k].shape);
                    return function(arguments).mul(weights).sum().ToDouble();
                }
            }
        }
    }

    /// <summary>Values in a range, the same at every call; not symmetric, so that a swap shows.</summary>
    public static Tensor Values(double low, double high, params long[] shape)
    {
        var count = shape.Aggregate(1L, (product, extent) => product * extent);
        var data = new double[count];
        for (var k = 0; k < count; k++)
        {
            var fraction = (0.7548776662466927 * (k + 1)) % 1.0;
            data[k] = low + ((high - low) * fraction);
        }
        return tensor(data).reshape(shape);
    }

    private static Tensor Weights(long[] shape) => Values(0.3, 1.7, shape.Length == 0 ? [1] : shape).reshape(shape);
}
