using System.Reflection;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Every function of torch against the method of the same name, every in-place method against the one that copies.</summary>
[TestClass]
public sealed class ConsistencyTests
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.DeclaredOnly;

    /// <summary>The pairs of members that are compared here: what one is shown to do holds for the other.</summary>
    internal static IEnumerable<(MethodInfo One, MethodInfo Other)> Pairs =>
        Functions().Concat(InPlace()).Where(pair => pair.Other is not null).Select(pair => (pair.One, pair.Other!));

    // Draws differ from call to call; the others say what differs.
    private static readonly HashSet<string> s_special =
    [
        "bernoulli", "multinomial", "rand_like", "randn_like", "randint_like", "empty_like", // drawn, or whatever was in memory
        "where", // the method takes the condition second
        "zero_", // its counterpart of the same name makes something else
    ];

    [TestMethod]
    public void Functions_are_their_methods()
    {
        var compared = 0;
        var left = new SortedSet<string>();
        var problems = new List<string>();
        foreach (var (function, method) in Functions())
        {
            var parameters = function.GetParameters();
            if (method is null)
            {
                left.Add(function.Name);
                continue;
            }
            try
            {
                compared += Compare(function.Name, parameters, arguments => function.Invoke(null, arguments), arguments => method.Invoke(arguments[0], arguments[1..]));
            }
            catch (Exception failure) when (failure is AssertFailedException or TargetInvocationException)
            {
                problems.Add($"{function.Name}({string.Join(", ", parameters.Skip(1).Select(p => p.ParameterType.Name))}): {failure.GetBaseException().Message.Split('\n')[0]}");
            }
        }
        Assert.IsEmpty(problems, Environment.NewLine + string.Join(Environment.NewLine, problems));
        Console.WriteLine($"{compared} functions compared with methods; no method of the same form: {string.Join(", ", left)}");
        Assert.IsGreaterThan(100, compared);
    }

    [TestMethod]
    public void In_place_methods_do_what_the_copying_ones_do()
    {
        var compared = 0;
        var left = new SortedSet<string>();
        foreach (var (inPlace, copying) in InPlace())
        {
            var parameters = inPlace.GetParameters();
            if (copying is null)
            {
                left.Add(inPlace.Name);
                continue;
            }
            ParameterInfo[] all = [typeof(torch).GetMethod(nameof(numel))!.GetParameters()[0], .. parameters];
            compared += Compare(inPlace.Name, all, arguments =>
            {
                var target = ((Tensor)arguments[0]).clone();
                var result = (Tensor)inPlace.Invoke(target, arguments[1..])!;
                Assert.AreEqual(target.Handle, result.Handle, inPlace.Name);
                return target;
            }, arguments =>
            {
                // In place, the result is rounded to the type of the target.
                var source = (Tensor)arguments[0];
                return ((Tensor)copying.Invoke(source, arguments[1..])!).to(source.dtype);
            });
        }
        Console.WriteLine($"{compared} in-place methods compared; no copying one of the same form: {string.Join(", ", left)}");
        Assert.IsGreaterThan(40, compared);
    }

    private static IEnumerable<(MethodInfo One, MethodInfo? Other)> Functions()
    {
        foreach (var function in typeof(torch).GetMethods(Own | BindingFlags.Static))
        {
            var parameters = function.GetParameters();
            if (parameters.Length > 0 && parameters[0].ParameterType == typeof(Tensor) && !s_special.Contains(function.Name))
            {
                var types = parameters.Skip(1).Select(p => p.ParameterType).ToArray();
                var method = typeof(Tensor).GetMethod(function.Name, Own | BindingFlags.Instance, types);
                yield return (function, method is null || method.ReturnType != function.ReturnType || types.Any(t => t.IsByRefLike) ? null : method);
            }
        }
    }

    private static IEnumerable<(MethodInfo One, MethodInfo? Other)> InPlace()
    {
        foreach (var inPlace in typeof(Tensor).GetMethods(Own | BindingFlags.Instance).Where(m => m.Name.EndsWith('_')))
        {
            var copying = typeof(Tensor).GetMethod(inPlace.Name[..^1], Own | BindingFlags.Instance, inPlace.GetParameters().Select(p => p.ParameterType).ToArray());
            var comparable = copying is not null && copying.ReturnType == typeof(Tensor) && !s_special.Contains(inPlace.Name)
                && !inPlace.Name.StartsWith("bernoulli", StringComparison.Ordinal);
            yield return (inPlace, comparable ? copying : null);
        }
    }

    // Tries sample arguments of floating, integer and truth type until one call works on both sides.
    private static int Compare(string name, ParameterInfo[] parameters, Func<object[], object?> left, Func<object[], object?> right)
    {
        foreach (var type in new[] { ScalarType.Float64, ScalarType.Int64, ScalarType.Bool })
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            var arguments = parameters.Select((parameter, place) => Sample(name, parameter, place, type)).ToArray();
            if (arguments.Any(argument => argument is Missing))
            {
                Assert.Fail($"{name}: no sample for a parameter of type {parameters[Array.FindIndex(arguments, a => a is Missing)].ParameterType}");
            }
            object? one, other;
            try
            {
                one = left(arguments!);
            }
            catch (TargetInvocationException failure)
            {
                var second = Assert.Throws<TargetInvocationException>(() => right(arguments!), name);
                Assert.AreEqual(failure.InnerException!.GetType(), second.InnerException!.GetType(), name);
                continue;
            }
            other = right(arguments!);
            Same(name, one, other);
            return 1;
        }
        throw new AssertFailedException($"{name}: no sample arguments work");
    }

    private static void Same(string name, object? left, object? right)
    {
        switch (left, right)
        {
            case (Tensor one, Tensor other):
                Assert.AreEqual(one.dtype, other.dtype, name);
                CollectionAssert.AreEqual(one.shape, other.shape, name);
                Assert.IsTrue(one.allclose(other, 0, 0, equal_nan: true), name);
                break;
            case (Tensor[] many, Tensor[] others):
                Assert.HasCount(many.Length, others, name);
                for (var k = 0; k < many.Length; k++)
                {
                    Same(name, many[k], others[k]);
                }
                break;
            case (System.Runtime.CompilerServices.ITuple one, System.Runtime.CompilerServices.ITuple other):
                for (var k = 0; k < one.Length; k++)
                {
                    Same(name, one[k], other[k]);
                }
                break;
            default:
                Assert.AreEqual(left, right, name);
                break;
        }
    }

    private sealed class Missing;

    private static object? Sample(string function, ParameterInfo parameter, int place, ScalarType type)
    {
        var kind = parameter.ParameterType;
        if (kind == typeof(Tensor))
        {
            return SampleTensor(function, parameter.Name!, place, type);
        }
        if (parameter.HasDefaultValue && kind != typeof(Scalar))
        {
            return kind == typeof(bool) ? !(bool)parameter.RawDefaultValue! : kind.IsEnum ? Enum.ToObject(kind, parameter.RawDefaultValue!) : parameter.RawDefaultValue;
        }
        if (kind == typeof(Scalar))
        {
            return type == ScalarType.Float64 ? (Scalar)(0.25 * (place + 1)) : (Scalar)(place + 1);
        }
        if (kind == typeof(long) || kind == typeof(int))
        {
            var value = parameter.Name switch { "dim0" => 0, "length" or "k" or "index" => 1, "start" => 0, _ => 1 };
            return kind == typeof(long) ? (object)(long)value : value;
        }
        if (kind == typeof(long?))
        {
            return 1L;
        }
        if (kind == typeof(long[]))
        {
            return parameter.Name switch
            {
                "permutation" => [1, 0],
                "dims" or "dimensions" or "dim" or "shifts" => [1L],
                "sizes" when function == "unflatten" => [3, 1],
                "sizes" or "split_size_or_sections" or "indices_or_sections" => [1, 2],
                _ => new long[] { 3, 3 },
            };
        }
        if (kind == typeof(float) || kind == typeof(double))
        {
            return kind == typeof(float) ? (object)2f : 2.0;
        }
        if (kind == typeof(IEnumerable<long>))
        {
            return new long[] { 1, 0 };
        }
        if (kind == typeof(Size))
        {
            return new Size([3, 1]);
        }
        return kind switch
        {
            _ when kind == typeof(bool) => true,
            _ when kind == typeof(ScalarType?) => null,
            _ when kind == typeof((long, long)) => (1L, 1L),
            _ when kind == typeof((long, long, long)) => (1L, 1L, 1L),
            _ => new Missing(),
        };
    }

    private static Tensor SampleTensor(string function, string name, int place, ScalarType type)
    {
        switch (name)
        {
            case "index" or "indices":
                return tensor(new long[] { 0, 2, 1 })[function.StartsWith("index", StringComparison.Ordinal) ? TensorIndex.Colon : TensorIndex.None]
                    .expand(function.StartsWith("index", StringComparison.Ordinal) ? [3] : [3, 3]).contiguous();
            case "mask" or "condition":
                return eye(3).to(ScalarType.Bool);
            case "repeats":
                return tensor(new long[] { 1, 2, 1, 0, 1, 1, 3, 1, 1 });
        }
        long[] shape = function switch
        {
            "dot" or "vdot" or "outer" => [3],
            "mv" => place == 0 ? [3, 3] : [3],
            "addmv" => place == 1 ? [3, 3] : [3],
            "bmm" or "baddbmm" => [3, 3, 3],
            "addbmm" => place == 0 ? [3, 3] : [3, 3, 3],
            "squeeze" or "squeeze_" => [3, 1],
            "is_nonzero" => [1],
            _ => [3, 3],
        };
        return type switch
        {
            ScalarType.Float64 => Finite.Values(0.15 + (0.05 * place), 0.95 - (0.1 * place), shape),
            ScalarType.Int64 => Finite.Values(1, 7 + place, shape).to(ScalarType.Int64),
            _ => Finite.Values(0, 1, shape).gt(0.5),
        };
    }
}
