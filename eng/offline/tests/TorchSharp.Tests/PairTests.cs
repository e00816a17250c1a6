using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Every operator of two tensors, found by reflection: the type of a mixed result, and shapes that do not fit.</summary>
[TestClass]
public sealed class PairTests
{
    // Element by element, with a result of the promoted type; the others take shapes, indices or masks of their own.
    private static readonly string[] s_promoting = ["add", "sub", "subtract", "mul", "multiply", "pow", "maximum", "minimum", "max", "min", "fmod", "remainder"];

    [TestMethod]
    public void Mixed_types_are_promoted()
    {
        foreach (var method in Operators().Where(method => s_promoting.Contains(method.Name)))
        {
            foreach (var (left, right) in new[] { (ScalarType.Int32, ScalarType.Float32), (ScalarType.Float32, ScalarType.Float64), (ScalarType.BFloat16, ScalarType.Float32), (ScalarType.Byte, ScalarType.Int64) })
            {
                using var scope = NewDisposeScope();
                Assert.AreEqual(promote_types(left, right), Call(method, ones(2, left), ones(2, right)).dtype, $"{method.Name} {left} {right}");
            }
        }
    }

    [TestMethod]
    public void Shapes_that_do_not_fit_are_exceptions()
    {
        var refused = 0;
        foreach (var method in Operators())
        {
            using var scope = NewDisposeScope();
            try
            {
                // Operators that select, repeat or compare shapes take any second tensor.
                Call(method, ones(2, 3), ones(4, 5));
                Console.WriteLine($"takes any shape: {method.Name}");
            }
            catch (TargetInvocationException failure)
            {
                // libtorch's own are external; dot, vdot and some with indices are checked by TorchSharp before the call.
                Assert.IsTrue(failure.InnerException is ExternalException or ArgumentException or InvalidOperationException, $"{method.Name}: {failure.InnerException!.GetType()}");
                refused++;
            }
        }
        Console.WriteLine($"{refused} operators refuse shapes");
        Assert.IsGreaterThan(40, refused);
    }

    private static IEnumerable<MethodInfo> Operators() => typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(method => method.ReturnType == typeof(Tensor) && method.GetParameters() is [var first, .. var rest]
            && first.ParameterType == typeof(Tensor) && !first.HasDefaultValue && rest.All(parameter => parameter.HasDefaultValue));

    private static Tensor Call(MethodInfo method, Tensor left, Tensor right) =>
        (Tensor)method.Invoke(left, [right, .. method.GetParameters().Skip(1).Select(parameter => parameter.RawDefaultValue)])!;
}
