using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Value and gradient of each operator.</summary>
[TestClass]
public sealed class OperatorTests
{
    // float64 against System.Math: a few units in the last place.
    private const double Relative = 1e-12;

    private static readonly (string Name, Func<Tensor, Tensor> Operator, Func<double, double> Formula, double Low, double High)[] s_unary =
    [
        ("abs", x => x.abs(), Math.Abs, 0.2, 2), ("neg", x => x.neg(), x => -x, -2, 2), ("unary minus", x => -x, x => -x, -2, 2),
        ("exp", x => x.exp(), Math.Exp, -2, 2), ("expm1", x => x.expm1(), x => Math.Exp(x) - 1, 0.5, 2), ("exp2", x => x.exp2(), x => Math.Pow(2, x), -2, 2),
        ("log", x => x.log(), Math.Log, 0.2, 3), ("log1p", x => x.log1p(), x => Math.Log(1 + x), 0.2, 3),
        ("log2", x => x.log2(), Math.Log2, 0.2, 3), ("log10", x => x.log10(), Math.Log10, 0.2, 3),
        ("sqrt", x => x.sqrt(), Math.Sqrt, 0.2, 3), ("rsqrt", x => x.rsqrt(), x => 1 / Math.Sqrt(x), 0.2, 3),
        ("square", x => x.square(), x => x * x, -2, 2), ("reciprocal", x => x.reciprocal(), x => 1 / x, 0.3, 3),
        ("sin", x => x.sin(), Math.Sin, -2, 2), ("cos", x => x.cos(), Math.Cos, -2, 2), ("tan", x => x.tan(), Math.Tan, -1, 1),
        ("asin", x => x.asin(), Math.Asin, -0.9, 0.9), ("acos", x => x.acos(), Math.Acos, -0.9, 0.9), ("atan", x => x.atan(), Math.Atan, -2, 2),
        ("sinh", x => x.sinh(), Math.Sinh, -2, 2), ("cosh", x => x.cosh(), Math.Cosh, -2, 2), ("tanh", x => x.tanh(), Math.Tanh, -2, 2),
        ("sigmoid", x => x.sigmoid(), Sigmoid, -3, 3), ("log_sigmoid", x => x.log_sigmoid(), x => Math.Log(Sigmoid(x)), -3, 3),
        ("relu", x => x.relu(), x => Math.Max(x, 0), 0.1, 2), ("silu", x => x.silu(), x => x * Sigmoid(x), -3, 3),
        ("gelu", x => x.gelu(), x => x * 0.5 * (1 + Erf(x / Math.Sqrt(2))), -3, 3), ("erf", x => x.erf(), Erf, -2, 2),
        ("erfc", x => x.erfc(), x => 1 - Erf(x), -1, 1), ("relu6", x => x.relu6(), x => Math.Clamp(x, 0, 6), 0.1, 5.9),
        ("leaky_relu", x => x.leaky_relu(0.2), x => x > 0 ? x : 0.2 * x, -2, -0.1), ("hardtanh", x => x.hardtanh(-1, 1), x => Math.Clamp(x, -1, 1), -0.9, 0.9),
        ("elu", x => x.elu(1.5, 1, 1), x => x > 0 ? x : 1.5 * (Math.Exp(x) - 1), -2, -0.1),
        ("logit", x => x.logit(), x => Math.Log(x / (1 - x)), 0.1, 0.9), ("pow scalar", x => x.pow(3), x => x * x * x, -2, 2),
        ("add scalar", x => x + 1.5, x => x + 1.5, -2, 2), ("scalar minus", x => 1.5 - x, x => 1.5 - x, -2, 2),
        ("mul scalar", x => x * 3, x => x * 3, -2, 2), ("div scalar", x => x / 4.0, x => x / 4, -2, 2), ("scalar over", x => 2.0 / x, x => 2 / x, 0.3, 3),
        ("clamp", x => x.clamp(-1, 1), x => Math.Clamp(x, -1, 1), -0.9, 0.9), ("clamp_min", x => x.clamp_min(0.5), x => Math.Max(x, 0.5), 0.6, 2),
        ("clamp_max", x => x.clamp_max(0.5), x => Math.Min(x, 0.5), -2, 0.4), ("softplus", x => nn.functional.softplus(x), x => Math.Log(1 + Math.Exp(x)), -3, 3),
        ("Mish", x => nn.functional.Mish(x), x => x * Math.Tanh(Math.Log(1 + Math.Exp(x))), -3, 3),
    ];

    private static readonly (string Name, Func<Tensor, Tensor> Operator, Func<double, double> Formula)[] s_steps =
    [
        ("floor", x => x.floor(), Math.Floor), ("ceil", x => x.ceil(), Math.Ceiling), ("trunc", x => x.trunc(), Math.Truncate),
        ("round", x => x.round(), x => Math.Round(x, MidpointRounding.ToEven)), ("sign", x => x.sign(), x => Math.Sign(x)),
        ("frac", x => x.frac(), x => x - Math.Truncate(x)), ("remainder", x => x.remainder(1.5), x => x - (1.5 * Math.Floor(x / 1.5))),
        ("fmod", x => x.fmod(1.5), x => x % 1.5), ("floor_divide", x => x.floor_divide(tensor(0.7)), x => Math.Floor(x / 0.7)),
        ("div floor", x => x.div(0.7, RoundingMode.floor), x => Math.Floor(x / 0.7)), ("div trunc", x => x.div(0.7, RoundingMode.trunc), x => Math.Truncate(x / 0.7)),
    ];

    private static readonly (string Name, Func<Tensor, Tensor, Tensor> Operator, Func<double, double, double> Formula)[] s_binary =
    [
        ("add", (x, y) => x + y, (x, y) => x + y), ("add alpha", (x, y) => x.add(y, 0.5), (x, y) => x + (0.5 * y)), ("sub", (x, y) => x - y, (x, y) => x - y),
        ("mul", (x, y) => x * y, (x, y) => x * y), ("div", (x, y) => x / y, (x, y) => x / y), ("pow", (x, y) => x.pow(y), Math.Pow),
        ("maximum", (x, y) => x.maximum(y), Math.Max), ("minimum", (x, y) => x.minimum(y), Math.Min), ("atan2", (x, y) => x.atan2(y), Math.Atan2),
        ("hypot", (x, y) => x.hypot(y), (x, y) => Math.Sqrt((x * x) + (y * y))), ("xlogy", (x, y) => x.xlogy(y), (x, y) => x * Math.Log(y)),
        ("logaddexp", (x, y) => x.logaddexp(y), (x, y) => Math.Log(Math.Exp(x) + Math.Exp(y))),
        ("lerp", (x, y) => x.lerp(y, tensor(0.3)), (x, y) => x + (0.3 * (y - x))), ("addcmul", (x, y) => x.addcmul(x, y, 0.5), (x, y) => x + (0.5 * x * y)),
        ("addcdiv", (x, y) => x.addcdiv(x, y, 0.5), (x, y) => x + (0.5 * x / y)), ("where", (x, y) => where(x > 1, x, y), (x, y) => x > 1 ? x : y),
    ];

    private static readonly (string Name, Func<Tensor[], Tensor> Function, long[][] Shapes)[] s_shaped =
    [
        ("mm", t => t[0].mm(t[1]), [[2, 3], [3, 4]]), ("matmul", t => t[0].matmul(t[1]), [[2, 3], [3, 4]]), ("bmm", t => t[0].bmm(t[1]), [[2, 2, 3], [2, 3, 2]]),
        ("mv", t => t[0].mv(t[1]), [[2, 3], [3]]), ("dot", t => t[0].dot(t[1]), [[4], [4]]), ("outer", t => t[0].outer(t[1]), [[2], [3]]),
        ("addmm", t => t[0].addmm(t[1], t[2], 0.5f, 2), [[2, 4], [2, 3], [3, 4]]), ("addbmm", t => t[0].addbmm(t[1], t[2]), [[2, 2], [3, 2, 3], [3, 3, 2]]),
        ("baddbmm", t => t[0].baddbmm(t[1], t[2], 0.5f, 2), [[2, 2, 2], [2, 2, 3], [2, 3, 2]]), ("addmv", t => t[0].addmv(t[1], t[2]), [[2], [2, 3], [3]]),
        ("linear", t => nn.functional.linear(t[0], t[1], t[2]), [[2, 3], [4, 3], [4]]), ("linear 3d", t => nn.functional.linear(t[0], t[1]), [[2, 2, 3], [4, 3]]),
        ("einsum", t => einsum("bij,bkj->bik", t[0], t[1]), [[2, 2, 3], [2, 4, 3]]), ("kron", t => t[0].kron(t[1]), [[2, 2], [1, 3]]),
        ("layer_norm", t => nn.functional.layer_norm(t[0], [4], t[1], t[2]), [[3, 4], [4], [4]]), ("softmax", t => t[0].softmax(-1), [[2, 4]]),
        ("log_softmax", t => t[0].log_softmax(1), [[2, 4]]), ("logsumexp", t => t[0].logsumexp(1), [[2, 4]]), ("glu", t => nn.functional.glu(t[0]), [[2, 4]]),
        ("sum", t => t[0].sum(), [[2, 3]]), ("sum dim", t => t[0].sum(1, keepdim: true), [[2, 3]]), ("mean", t => t[0].mean(), [[2, 3]]),
        ("mean dim", t => t[0].mean([0]), [[2, 3]]), ("prod", t => t[0].prod(), [[2, 2]]), ("var", t => t[0].var(1), [[2, 4]]), ("std", t => t[0].std(1, unbiased: false), [[2, 4]]),
        ("norm", t => t[0].norm(), [[2, 3]]), ("norm dim", t => t[0].norm(1, false, 3), [[2, 3]]), ("cumsum", t => t[0].cumsum(1), [[2, 3]]), ("cumprod", t => t[0].cumprod(1), [[2, 3]]),
        ("max dim", t => t[0].max(1).values, [[2, 3]]), ("min dim", t => t[0].min(1).values, [[2, 3]]), ("max", t => t[0].max(), [[2, 3]]), ("amax", t => t[0].amax([1]), [[2, 3]]),
        ("topk", t => t[0].topk(2).values, [[2, 4]]), ("sort", t => t[0].sort(1).Values, [[2, 4]]), ("median", t => t[0].median(), [[5]]),
        ("reshape", t => t[0].reshape(3, 2), [[2, 3]]), ("view", t => t[0].view(6), [[2, 3]]), ("flatten", t => t[0].flatten(1), [[2, 2, 2]]),
        ("transpose", t => t[0].transpose(0, 1), [[2, 3]]), ("permute", t => t[0].permute(2, 0, 1), [[2, 3, 2]]), ("t", t => t[0].t(), [[2, 3]]),
        ("squeeze", t => t[0].squeeze(1), [[2, 1, 3]]), ("unsqueeze", t => t[0].unsqueeze(1), [[2, 3]]), ("expand", t => t[0].expand(4, 3), [[1, 3]]),
        ("repeat", t => t[0].repeat(2, 2), [[2, 3]]), ("repeat_interleave", t => t[0].repeat_interleave(2, 1), [[2, 3]]), ("roll", t => t[0].roll(1, 1), [[2, 3]]),
        ("flip", t => t[0].flip(1), [[2, 3]]), ("cat", t => cat([t[0], t[1]], 1), [[2, 3], [2, 2]]), ("stack", t => stack([t[0], t[1]]), [[2, 3], [2, 3]]),
        ("chunk", t => t[0].chunk(2, 1)[1], [[2, 4]]), ("split", t => t[0].split([1, 3], 1)[1], [[2, 4]]), ("unbind", t => t[0].unbind(1)[1], [[2, 3]]),
        ("narrow", t => t[0].narrow(1, 1, 2), [[2, 4]]), ("select", t => t[0].select(1, 2), [[2, 4]]), ("slice", t => t[0].slice(1, 0, 4, 2), [[2, 4]]),
        ("index", t => t[0][TensorIndex.Colon, TensorIndex.Slice(1)], [[2, 3]]), ("index tensor", t => t[0][tensor(new long[] { 1, 0, 1 })], [[2, 3]]),
        ("index_select", t => t[0].index_select(1, tensor(new long[] { 2, 0, 2 })), [[2, 3]]), ("gather", t => t[0].gather(1, tensor(new long[,] { { 0, 2 }, { 1, 1 } })), [[2, 3]]),
        ("scatter", t => t[0].scatter(1, tensor(new long[,] { { 0 }, { 2 } }), t[1]), [[2, 3], [2, 1]]),
        ("scatter_add", t => t[0].scatter_add(1, tensor(new long[,] { { 0, 0 }, { 2, 1 } }), t[1]), [[2, 3], [2, 2]]),
        ("index_add", t => t[0].index_add(0, tensor(new long[] { 1, 1 }), t[1], 2), [[2, 3], [2, 3]]), ("index_copy", t => t[0].index_copy(0, tensor(new long[] { 1 }), t[1]), [[2, 3], [1, 3]]),
        ("masked_fill", t => t[0].masked_fill(tensor(new[] { true, false, true }), 7), [[2, 3]]), ("masked_select", t => t[0].masked_select(tensor(new[] { true, false, true })), [[2, 3]]),
        ("tril", t => t[0].tril(), [[3, 3]]), ("triu", t => t[0].triu(1), [[3, 3]]), ("diag", t => t[0].diag(), [[3, 3]]), ("trace", t => t[0].trace(), [[3, 3]]),
        ("pad", t => nn.functional.pad(t[0], (1, 2), value: 3), [[2, 3]]), ("cosine_similarity", t => nn.functional.cosine_similarity(t[0], t[1]), [[2, 3], [2, 3]]),
        ("det", t => linalg.det(t[0]), [[3, 3]]), ("inv", t => linalg.inv(t[0]), [[3, 3]]), ("solve", t => linalg.solve(t[0], t[1]), [[3, 3], [3, 2]]),
        ("linalg.norm", t => linalg.norm(t[0]), [[2, 3]]), ("svdvals", t => linalg.svdvals(t[0]), [[3, 2]]),
        ("to double", t => t[0].to(ScalarType.Float64).clone(), [[2, 3]]), ("contiguous", t => t[0].t().contiguous(), [[2, 3]]), ("alias", t => t[0].alias(), [[2, 3]]),
        ("attention", t => nn.functional.scaled_dot_product_attention(t[0], t[1], t[2]), [[2, 3, 4], [2, 5, 4], [2, 5, 2]]),
        ("attention causal", t => nn.functional.scaled_dot_product_attention(t[0], t[1], t[2], is_casual: true), [[1, 3, 2], [1, 3, 2], [1, 3, 2]]),
    ];

    [TestMethod]
    public void Functions_of_one_element()
    {
        foreach (var (name, function, formula, low, high) in s_unary)
        {
            using var scope = NewDisposeScope();
            var x = Finite.Values(low, high, 7);
            Near(name, x.data<double>().ToArray().Select(formula).ToArray(), function(x));
            Finite.Check(name, t => function(t[0]), x);
        }
        Console.WriteLine($"{s_unary.Length} functions of one element");
    }

    [TestMethod]
    public void Step_functions()
    {
        foreach (var (name, function, formula) in s_steps)
        {
            using var scope = NewDisposeScope();
            var x = tensor(new[] { -2.5, -1.2, -0.5, 0.0, 0.5, 1.5, 2.5, 2.9 });
            Near(name, x.data<double>().ToArray().Select(formula).ToArray(), function(x));
        }
    }

    [TestMethod]
    public void Functions_of_two_elements()
    {
        foreach (var (name, function, formula) in s_binary)
        {
            using var scope = NewDisposeScope();
            var x = Finite.Values(0.4, 2, 6);
            var y = Finite.Values(0.5, 3, 6).flip(0).contiguous();
            Near(name, x.data<double>().ToArray().Zip(y.data<double>().ToArray(), formula).ToArray(), function(x, y));
            Finite.Check(name, t => function(t[0], t[1]), x, y);
            Finite.Check(name + " broadcast", t => function(t[0], t[1]), Finite.Values(0.4, 2, 2, 1), Finite.Values(0.5, 3, 3).flip(0).contiguous());
        }
        Console.WriteLine($"{s_binary.Length} functions of two elements");
    }

    [TestMethod]
    public void Gradients_of_operators_on_shapes()
    {
        foreach (var (name, function, shapes) in s_shaped)
        {
            using var scope = NewDisposeScope();
            Finite.Check(name, function, shapes.Select((shape, k) => Finite.Values(0.3 + (0.1 * k), 2 - (0.2 * k), shape)).ToArray());
        }
        Console.WriteLine($"{s_shaped.Length} operators on shapes");
    }

    [TestMethod]
    public void Values_of_operators_on_shapes()
    {
        var a = tensor(new double[,] { { 1, 2 }, { 3, 4 } });
        var b = tensor(new double[,] { { 0, 1 }, { 2, -1 } });
        Near("mm", [4, -1, 8, -1], a.mm(b));
        Near("bmm", [4, -1, 8, -1], a.unsqueeze(0).bmm(b.unsqueeze(0)));
        Near("matmul", [4, -1, 8, -1], a.matmul(b));
        Near("linear", [2 + 10, 2 - 2 + 20, 4 + 10, 6 - 4 + 20], nn.functional.linear(a, b, tensor(new double[] { 10, 20 })));
        Near("einsum", [1, 4], einsum("ii->i", a));
        Near("softmax", [1 / (1 + Math.E), Math.E / (1 + Math.E)], tensor(new double[] { 0, 1 }).softmax(0));
        Near("layer_norm", [-1, 1], nn.functional.layer_norm(tensor(new double[] { 3, 5 }), [2], eps: 0));
        Near("cumsum", [1, 3, 3, 7], a.cumsum(1));
        Near("var", [0.5, 0.5], a.var(1));
        Near("var biased", [0.25, 0.25], a.var(1, unbiased: false));
        Near("std_mean", [Math.Sqrt(5.0 / 3)], a.std_mean().std);
        Near("norm", [Math.Sqrt(30)], a.norm());
        Near("prod", [24], a.prod());
        Near("triu", [1, 2, 0, 4], a.triu());
        Near("roll", [2, 1, 4, 3], a.roll(1, 1));
        Near("gather", [2, 3], a.gather(1, tensor(new long[,] { { 1 }, { 0 } })));
        Near("index_add", [1, 2, 3 + 2, 4 + 2], a.index_add(0, tensor(new long[] { 1 }), ones(1, 2, dtype: float64), 2));
        Near("take", [4, 1], a.take(tensor(new long[] { 3, 0 })));
        Near("cross_entropy", [Math.Log(1 + Math.E) - 1], nn.functional.cross_entropy(tensor(new double[,] { { 0, 1 } }), tensor(new long[] { 1 })));
        CollectionAssert.AreEqual(new long[] { 1, 1 }, a.argmax(1).data<long>().ToArray());
        CollectionAssert.AreEqual(new long[] { 0, 0 }, a.argmin(1).data<long>().ToArray());
        CollectionAssert.AreEqual(new long[] { 1, 0 }, tensor(new double[] { 2, 1 }).argsort().data<long>().ToArray());
        CollectionAssert.AreEqual(new long[] { 1, 1 }, a.eq(4).nonzero().data<long>().ToArray());
        CollectionAssert.AreEqual(new long[] { 0, 3, 1 }, arange(4).index_select(0, tensor(new long[] { 0, 3, 1 })).data<long>().ToArray());
        CollectionAssert.AreEqual(new long[] { 0, 1, 0, 0, 0, 1 }, nn.functional.one_hot(tensor(new long[] { 1, 2 }), 3).data<long>().ToArray());
        CollectionAssert.AreEqual(new long[] { 1, 2 }, searchsorted(tensor(new double[] { 1, 3, 5 }), tensor(new double[] { 2, 4 })).data<long>().ToArray());
        Assert.IsTrue(a.isfinite().all().ToBoolean());
        Assert.IsTrue(tensor(new[] { double.NaN, 1 }).isnan().any().ToBoolean());
        Assert.IsTrue(a.allclose(a + 1e-9));
        Assert.IsFalse(a.allclose(a + 1e-3));
        Assert.IsTrue(a.Equals(a.clone()));
        Assert.IsTrue(a.equal(a).all().ToBoolean(), "equal compares element by element, as TorchSharp's does");
    }

    [TestMethod]
    public void Decompositions_give_back_their_matrix()
    {
        var a = Finite.Values(-1, 2, 4, 3);
        var (q, r) = linalg.qr(a);
        Near("qr", a.data<double>().ToArray(), q.mm(r));
        var (u, s, vh) = linalg.svd(a, fullMatrices: false);
        Near("svd", a.data<double>().ToArray(), u.mm(s.diag()).mm(vh));
        var square = a.t().mm(a);
        Near("cholesky", square.contiguous().data<double>().ToArray(), linalg.cholesky(square).mm(linalg.cholesky(square).t()));
        var (values, vectors) = linalg.eigh(square);
        Near("eigh", square.contiguous().data<double>().ToArray(), vectors.mm(values.diag()).mm(vectors.t()));
    }

    [TestMethod]
    public void Bits_and_shifts()
    {
        var x = tensor(new long[] { 0b1100, 0b1010 });
        var y = tensor(new long[] { 0b1010, 0b0110 });
        CollectionAssert.AreEqual(new long[] { 0b1000, 0b0010 }, (x & y).data<long>().ToArray());
        CollectionAssert.AreEqual(new long[] { 0b1110, 0b1110 }, (x | y).data<long>().ToArray());
        CollectionAssert.AreEqual(new long[] { 0b0110, 0b1100 }, (x ^ y).data<long>().ToArray());
        CollectionAssert.AreEqual(new long[] { ~0b1100, ~0b1010 }, (~x).data<long>().ToArray());
        CollectionAssert.AreEqual(new long[] { 0b11000, 0b1010000 }, x.bitwise_left_shift(tensor(new long[] { 1, 3 })).data<long>().ToArray());
        CollectionAssert.AreEqual(new long[] { 0b110, 0b1 }, x.bitwise_right_shift(tensor(new long[] { 1, 3 })).data<long>().ToArray());
    }

    internal static void Near(string name, double[] expected, Tensor actual)
    {
        var found = actual.detach().contiguous().data<double>().ToArray();
        Assert.HasCount(expected.Length, found, name);
        for (var k = 0; k < expected.Length; k++)
        {
            var allowed = Relative * Math.Max(1, Math.Abs(expected[k]));
            Assert.IsTrue(Math.Abs(expected[k] - found[k]) <= allowed, $"{name}[{k}]: {found[k]}, expected {expected[k]}");
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    // The series of the error function; exact to double for the arguments used here.
    private static double Erf(double x)
    {
        double sum = 0, term = x;
        for (var n = 0; n < 80; n++)
        {
            sum += term / ((2 * n) + 1);
            term *= -x * x / (n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
