using System.Reflection;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Families of overloads, found by reflection: each one makes the tensor that its parameters describe.</summary>
[TestClass]
public sealed class OverloadTests
{
    private static readonly Dictionary<Type, ScalarType> s_types = new()
    {
        [typeof(byte)] = ScalarType.Byte,
        [typeof(sbyte)] = ScalarType.Int8,
        [typeof(short)] = ScalarType.Int16,
        [typeof(int)] = ScalarType.Int32,
        [typeof(long)] = ScalarType.Int64,
        [typeof(Half)] = ScalarType.Float16,
        [typeof(float)] = ScalarType.Float32,
        [typeof(double)] = ScalarType.Float64,
        [typeof(bool)] = ScalarType.Bool,
    };

    private static readonly Dictionary<string, Func<double, double, double>> s_operators = new()
    {
        ["op_Addition"] = (x, y) => x + y,
        ["op_Subtraction"] = (x, y) => x - y,
        ["op_Multiply"] = (x, y) => x * y,
        ["op_Division"] = (x, y) => x / y,
        ["op_Modulus"] = (x, y) => x - (y * Math.Floor(x / y)),
        ["op_Equality"] = (x, y) => x == y ? 1 : 0,
        ["op_Inequality"] = (x, y) => x != y ? 1 : 0,
        ["op_LessThan"] = (x, y) => x < y ? 1 : 0,
        ["op_LessThanOrEqual"] = (x, y) => x <= y ? 1 : 0,
        ["op_GreaterThan"] = (x, y) => x > y ? 1 : 0,
        ["op_GreaterThanOrEqual"] = (x, y) => x >= y ? 1 : 0,
    };

    /// <summary>The methods whose every overload is called here.</summary>
    internal static IEnumerable<MethodInfo> Covered =>
        Families(nameof(zeros), nameof(ones), nameof(torch.empty), nameof(full), nameof(rand), nameof(randn), nameof(randint), nameof(tensor), nameof(as_tensor))
            .Concat(typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => s_operators.ContainsKey(m.Name) || m.Name is "op_Implicit" or "op_Explicit"))
            .Concat(typeof(Scalar).GetMethods().Where(m => m.Name == "op_Implicit"))
            .Concat(typeof(ScalarExtensionMethods).GetMethods(BindingFlags.Public | BindingFlags.Static));

    [TestMethod]
    [DataRow(nameof(zeros), 0.0)]
    [DataRow(nameof(ones), 1.0)]
    [DataRow(nameof(full), 7.0)]
    [DataRow(nameof(torch.empty), null)]
    [DataRow(nameof(rand), null)]
    [DataRow(nameof(randn), null)]
    [DataRow(nameof(randint), null)]
    public void Filled_tensors_of_every_form(string name, double? value)
    {
        var overloads = Families(name).ToList();
        foreach (var overload in overloads)
        {
            using var scope = NewDisposeScope();
            var (arguments, shape) = Arguments(overload);
            var plain = (Tensor)Calls.Invoke(overload, arguments)!;
            var form = Form(overload);
            CollectionAssert.AreEqual(shape, plain.shape, form);
            Assert.AreEqual(name == nameof(randint) ? ScalarType.Int64 : ScalarType.Float32, plain.dtype, form);
            Assert.IsFalse(plain.requires_grad, form);
            Set(overload, arguments, "dtype", ScalarType.Float64);
            Set(overload, arguments, "requires_grad", true);
            Set(overload, arguments, "device", CPU);
            var other = (Tensor)Calls.Invoke(overload, arguments)!;
            Assert.AreEqual(ScalarType.Float64, other.dtype, form);
            Assert.IsTrue(other.requires_grad, form);
            if (value is { } number)
            {
                Assert.IsTrue(plain.eq(number).all().ToBoolean() && other.eq(number).all().ToBoolean(), form);
            }
        }
        Console.WriteLine($"{overloads.Count} forms of {name}");
        Assert.IsNotEmpty(overloads);
    }

    [TestMethod]
    [DataRow(nameof(tensor))]
    [DataRow(nameof(as_tensor))]
    public void Numbers_of_every_form(string name)
    {
        var overloads = Families(name).Where(overload => overload.GetParameters()[0].ParameterType != typeof(Tensor)).ToList();
        foreach (var overload in overloads)
        {
            using var scope = NewDisposeScope();
            var form = Form(overload);
            var (arguments, shape) = Arguments(overload);
            var element = arguments[0] is Array given ? given.GetType().GetElementType()! : arguments[0]!.GetType().IsGenericType ? arguments[0]!.GetType().GetGenericArguments()[0] : arguments[0]!.GetType();
            var made = (Tensor)Calls.Invoke(overload, arguments)!;
            Assert.AreEqual(arguments[0] is Scalar ? ScalarType.Int64 : s_types[element], made.dtype, form);
            CollectionAssert.AreEqual(shape, made.shape, form);
            var expected = Enumerable.Range(1, (int)made.numel()).Select(k => Real(Number(element == typeof(Scalar) ? typeof(long) : element, k))).ToArray();
            CollectionAssert.AreEqual(expected, made.to(ScalarType.Float64).data<double>().ToArray(), form);
            if (Set(overload, arguments, "dtype", ScalarType.Float64))
            {
                Assert.AreEqual(ScalarType.Float64, ((Tensor)Calls.Invoke(overload, arguments)!).dtype, form);
                if (Set(overload, arguments, "requires_grad", true))
                {
                    Assert.IsTrue(((Tensor)Calls.Invoke(overload, arguments)!).requires_grad, form);
                }
            }
        }
        Console.WriteLine($"{overloads.Count} forms of {name}");
        Assert.IsNotEmpty(overloads);
    }

    [TestMethod]
    public void A_tensor_as_a_tensor_is_itself_or_converted()
    {
        var x = ones(2);
        var same = as_tensor(x);
        same.fill_(3);
        Assert.AreEqual(3f, x[0].item<float>());
        Assert.AreEqual(ScalarType.Int64, as_tensor(x, ScalarType.Int64).dtype);
        Assert.AreEqual(ScalarType.Float64, as_tensor(x, ScalarType.Float64, CPU).dtype);
        var array = new float[,] { { 1, 2 }, { 3, 4 } };
        var shared = from_array(array, CPU);
        shared.fill_(9);
        Assert.AreEqual(9f, array[1, 1]);
    }

    [TestMethod]
    public void Operators_with_every_kind_of_number()
    {
        var compared = 0;
        foreach (var method in typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => s_operators.ContainsKey(m.Name) && m.GetParameters().Length == 2))
        {
            using var scope = NewDisposeScope();
            double[] left = [7.5, -3, 2, 0.5];
            var form = Form(method);
            var sides = method.GetParameters().Select(parameter => parameter.ParameterType).ToArray();
            object?[] arguments = [.. sides.Select((side, k) => side == typeof(Tensor)
                ? k == 0 || sides[0] != typeof(Tensor) ? tensor(left) : tensor(new double[] { 2, 2, 2, 2 })
                : side == typeof(Scalar) ? (Scalar)2 : Number(side, 2))];
            var found = (Tensor)Calls.Invoke(method, arguments)!;
            var formula = s_operators[method.Name];
            OperatorTests.Near(form, [.. left.Select(x => sides[0] == typeof(Tensor) ? formula(x, 2) : formula(2, x))], found.to(ScalarType.Float64));
            Assert.AreEqual(method.Name[3] is 'A' or 'S' or 'M' or 'D' ? ScalarType.Float64 : ScalarType.Bool, found.dtype, form);
            if (method.Name is "op_Addition" or "op_Subtraction" or "op_Multiply" && sides.FirstOrDefault(side => s_types.ContainsKey(side)) is { } number)
            {
                // A number decides only about the kind: an integer keeps the integer type, a real one makes it the default real type.
                arguments[Array.IndexOf(sides, typeof(Tensor))] = ones(2, ScalarType.Int16);
                var kept = (Tensor)Calls.Invoke(method, arguments)!;
                Assert.AreEqual(number == typeof(float) || number == typeof(double) ? ScalarType.Float32 : ScalarType.Int16, kept.dtype, form);
            }
            compared++;
        }
        Console.WriteLine($"{compared} operators");
        Assert.IsGreaterThan(40, compared);
    }

    [TestMethod]
    public void Conversions_to_and_from_tensors()
    {
        foreach (var method in typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.Name == "op_Implicit"))
        {
            var source = method.GetParameters()[0].ParameterType;
            if (source == typeof(Scalar))
            {
                Assert.AreEqual(2.5, ((Tensor)Calls.Invoke(method, [(Scalar)2.5])!).ToDouble());
                Assert.AreEqual(ScalarType.Int64, ((Tensor)Calls.Invoke(method, [(Scalar)2])!).dtype);
                Assert.AreEqual(ScalarType.Bool, ((Tensor)Calls.Invoke(method, [(Scalar)true])!).dtype);
                continue;
            }
            var made = (Tensor)Calls.Invoke(method, [source.IsArray ? Filled(source.GetElementType()!, [3]) : Number(source, 1)])!;
            Assert.AreEqual(s_types[source.IsArray ? source.GetElementType()! : source], made.dtype, Form(method));
            CollectionAssert.AreEqual(source.IsArray ? new long[] { 3 } : [], made.shape, Form(method));
            Assert.AreEqual(1.0, made.flatten()[0].to(ScalarType.Float64).item<double>(), Form(method));
        }
        foreach (var method in typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.Name == "op_Explicit"))
        {
            Assert.AreEqual(Number(method.ReturnType, 1), Calls.Invoke(method, [tensor(1.0)]), Form(method));
        }
    }

    [TestMethod]
    public void Scalars_of_every_number()
    {
        foreach (var method in typeof(Scalar).GetMethods().Where(m => m.Name == "op_Implicit").Concat(typeof(ScalarExtensionMethods).GetMethods().Where(m => m.Name == "ToScalar")))
        {
            var source = method.GetParameters()[0].ParameterType;
            var scalar = (Scalar)Calls.Invoke(method, [Number(source, 1)])!;
            Assert.AreEqual(source == typeof(bool) ? ScalarType.Bool : source == typeof(float) || source == typeof(double) || source == typeof(Half) ? ScalarType.Float64 : ScalarType.Int64, scalar.Type, Form(method));
            foreach (var back in typeof(ScalarExtensionMethods).GetMethods().Where(m => m.GetParameters() is [{ } only] && only.ParameterType == typeof(Scalar)))
            {
                Assert.AreEqual(Number(back.ReturnType, 1), Calls.Invoke(back, [scalar]), $"{Form(method)} {Form(back)}");
            }
        }
        var gone = (Scalar)1;
        gone.Dispose();
        Assert.ThrowsExactly<InvalidOperationException>(() => gone.ToInt32());
    }

    private static IEnumerable<MethodInfo> Families(params string[] names) =>
        typeof(torch).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(method => names.Contains(method.Name));

    // The first parameter of tensor and as_tensor is the data; numbers and lists without default are extents; the rest keeps its default.
    private static (object?[] Arguments, long[] Shape) Arguments(MethodInfo method)
    {
        var parameters = method.GetParameters();
        var data = method.Name is nameof(tensor) or nameof(as_tensor);
        var shape = new List<long>();
        var arguments = new object?[parameters.Length];
        for (var k = data ? 1 : 0; k < parameters.Length; k++)
        {
            var kind = parameters[k].ParameterType;
            if (parameters[k].HasDefaultValue)
            {
                arguments[k] = parameters[k].RawDefaultValue;
            }
            else if (parameters[k].Name is "low" or "high")
            {
                arguments[k] = parameters[k].Name == "low" ? 3L : 9L;
            }
            else if (kind == typeof(long) || kind == typeof(int))
            {
                shape.Add(shape.Count + 2);
                arguments[k] = kind == typeof(long) ? (object)shape[^1] : (int)shape[^1];
            }
            else if (kind == typeof(Scalar))
            {
                arguments[k] = (Scalar)7f;
            }
            else if (kind == typeof(long[]) || kind == typeof(ReadOnlySpan<long>))
            {
                shape.AddRange([3, 2]);
                arguments[k] = new long[] { 3, 2 };
            }
            else if (kind == typeof(ScalarType?) || kind == typeof(Device))
            {
                arguments[k] = null;
            }
            else
            {
                Assert.Fail($"{Form(method)}: no sample for {parameters[k]}");
            }
        }
        if (data)
        {
            var kind = parameters[0].ParameterType;
            if (kind == typeof(Scalar))
            {
                arguments[0] = (Scalar)1;
            }
            else if (s_types.ContainsKey(kind))
            {
                arguments[0] = Number(kind, 1);
            }
            else if (kind.IsArray && kind.GetArrayRank() > 1)
            {
                shape.AddRange(Enumerable.Range(2, kind.GetArrayRank()).Select(extent => (long)extent));
                arguments[0] = Filled(kind.GetElementType()!, [.. shape.Select(extent => (int)extent)]);
            }
            else
            {
                if (shape.Count == 0)
                {
                    shape.Add(6);
                }
                var element = kind == typeof(Array) ? typeof(short) : kind.IsArray ? kind.GetElementType()! : kind.GetGenericArguments()[0];
                var numbers = Filled(element, [(int)shape.TotalSize()]);
                arguments[0] = kind.IsGenericType && kind.GetGenericTypeDefinition() == typeof(Memory<>) ? Activator.CreateInstance(kind, numbers) : numbers;
            }
        }
        return (arguments, [.. shape]);
    }

    private static bool Set(MethodInfo method, object?[] arguments, string parameter, object value)
    {
        var place = Array.FindIndex(method.GetParameters(), p => p.Name == parameter);
        if (place >= 0)
        {
            arguments[place] = value;
        }
        return place >= 0;
    }

    private static Array Filled(Type element, int[] shape)
    {
        var array = Array.CreateInstance(element, shape);
        var place = new int[shape.Length];
        for (var k = 1; k <= array.Length; k++)
        {
            array.SetValue(Number(element, k), place);
            for (var d = shape.Length - 1; d >= 0 && ++place[d] == shape[d]; d--)
            {
                place[d] = 0;
            }
        }
        return array;
    }

    private static object Number(Type type, int value) =>
        type == typeof(Half) ? (Half)value : type == typeof(bool) ? value % 2 == 1 : Convert.ChangeType(value, type, null);

    private static double Real(object number) => number is Half half ? (double)half : Convert.ToDouble(number, null);

    private static string Form(MethodInfo method) => $"{method.Name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.Name + " " + p.Name))})";
}
