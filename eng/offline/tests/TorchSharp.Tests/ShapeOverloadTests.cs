using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>The less common forms of operators, each with its value.</summary>
[TestClass]
public sealed class ShapeOverloadTests
{
    private static readonly (string Name, Func<Tensor, Tensor> Function, double[] Expected)[] s_forms =
    [
        // x = 1 2 3 / 4 5 6
        ("sum span", x => x.sum(new long[] { 0 }.AsSpan()), [5, 7, 9]), ("sum array", x => x.sum(new long[] { 0, 1 }), [21]), ("sum of two", x => x.sum(0, 1), [21]), ("sum of three", x => x.unsqueeze(0).sum(0, 1, 2), [21]),
        ("torch.sum span", x => sum(x, new long[] { 1 }.AsSpan()), [6, 15]),
        ("sum two", x => x.unsqueeze(0).sum([1, 2], keepdim: true), [21]), ("sum pair", x => x.unsqueeze(0).sum((ReadOnlySpan<long>)[0, 1]), [5, 7, 9]),
        ("amin", x => x.amin(1), [1, 4]), ("var_mean", x => x.var_mean(unbiased: false).var, [17.5 / 6]), ("var_mean mean", x => x.var_mean().mean, [3.5]),
        ("expand list", x => x[0].expand(2, 3), [1, 2, 3, 1, 2, 3]), ("expand array", x => x[0].expand(new long[] { 2, -1 }, isImplicit: false), [1, 2, 3, 1, 2, 3]),
        ("expand span", x => x[0].expand((ReadOnlySpan<long>)[2, 3]), [1, 2, 3, 1, 2, 3]), ("expand size", x => x[0].expand(new Size([2, 3])), [1, 2, 3, 1, 2, 3]),
        ("expand_as", x => x[0].expand_as(x), [1, 2, 3, 1, 2, 3]), ("view_as", x => x.view_as(zeros(3, 2)), [1, 2, 3, 4, 5, 6]),
        ("permute", x => x.permute((IEnumerable<long>)[1, 0]), [1, 4, 2, 5, 3, 6]), ("T", x => x.T, [1, 4, 2, 5, 3, 6]), ("mT", x => x.mT, [1, 4, 2, 5, 3, 6]),
        ("roll span", x => x.roll((ReadOnlySpan<long>)[1], [1]), [3, 1, 2, 6, 4, 5]), ("torch.roll span", x => roll(x, (ReadOnlySpan<long>)[1], [1]), [3, 1, 2, 6, 4, 5]),
        ("split size", x => x.split(2L, 1)[1], [3, 6]), ("split sizes", x => x.t().split(1L, 2L)[1], [2, 5, 3, 6]), ("split array", x => x.split([1, 2], 1)[1], [2, 3, 5, 6]),
        ("take_along_dim", x => x.take_along_dim(tensor(new long[] { 5, 0 })), [6, 1]), ("floor_divide", x => x.floor_divide((Scalar)2), [0, 1, 1, 2, 2, 3]),
        ("true_divide", x => x.true_divide((Scalar)2), [0.5, 1, 1.5, 2, 2.5, 3]), ("masked_scatter", x => x.masked_scatter(x > 4, tensor(new[] { 8.0, 9 })), [1, 2, 3, 4, 8, 9]),
        ("where", x => x.where(x > 3, zeros_like(x)), [0, 0, 0, 4, 5, 6]), ("torch.where", x => where(x > 4)[1].@double(), [1, 2]),
        ("zeros_like", x => x.zeros_like(), [0, 0, 0, 0, 0, 0]), ("ones_like", x => x.ones_like(), [1, 1, 1, 1, 1, 1]), ("full_like", x => x.full_like(3), [3, 3, 3, 3, 3, 3]),
        ("empty_like", x => x.empty_like().fill_(1), [1, 1, 1, 1, 1, 1]), ("torch.empty_like", x => empty_like(x).fill_(1), [1, 1, 1, 1, 1, 1]),
        ("rand_like", x => x.rand_like().floor(), [0, 0, 0, 0, 0, 0]), ("randn_like", x => x.randn_like().mul(0), [0, 0, 0, 0, 0, 0]),
        ("arange", _ => arange(2, 5, ScalarType.Float64), [2, 3, 4]), ("concat", x => concat([x[0], x[1]]), [1, 2, 3, 4, 5, 6]),
        ("from_array", _ => from_array(new[] { 1f, 2f }, ScalarType.Float64), [1, 2]), ("gather", x => gather(x, 1, tensor(new long[,] { { 2 }, { 0 } }), sparse_grad: false), [3, 4]),
        ("hstack", x => hstack(x, x[TensorIndex.Colon, TensorIndex.Slice(0, 1)]), [1, 2, 3, 1, 4, 5, 6, 4]), ("hstack list", x => hstack((IList<Tensor>)[x[0], x[1]]), [1, 2, 3, 4, 5, 6]),
        ("hstack enumerable", x => hstack((IEnumerable<Tensor>)[x[0], x[1]]), [1, 2, 3, 4, 5, 6]), ("vstack", x => vstack([x[0], x]), [1, 2, 3, 1, 2, 3, 4, 5, 6]),
        ("norm", x => norm(x[0]), [Math.Sqrt(14)]), ("linalg.norm order", x => linalg.norm(x, 1.0, [1]), [6, 15]), ("linalg.norm name", x => linalg.norm(x, "fro"), [Math.Sqrt(91)]),
        ("cholesky", x => cholesky(x.mm(x.t())), [Math.Sqrt(14), 0, 32 / Math.Sqrt(14), Math.Sqrt(77 - (1024.0 / 14))]),
        ("gelu", x => nn.functional.gelu(x * 0), [0, 0, 0, 0, 0, 0]), ("leaky_relu", x => nn.functional.leaky_relu(x - 3, 0.5), [-1, -0.5, 0, 1, 2, 3]),
        ("leaky_relu in place", x => nn.functional.leaky_relu(x - 3, 0.5, inplace: true), [-1, -0.5, 0, 1, 2, 3]), ("relu", x => nn.functional.relu(x - 3), [0, 0, 0, 1, 2, 3]),
        ("relu in place", x => nn.functional.relu(x - 3, inplace: true), [0, 0, 0, 1, 2, 3]), ("sigmoid", x => nn.functional.sigmoid(x[0, 0] * 0), [0.5]),
        ("silu", x => nn.functional.silu(x[0, 0]), [1 / (1 + Math.Exp(-1))]), ("silu in place", x => nn.functional.silu(x[0, 0].clone(), inplace: true), [1 / (1 + Math.Exp(-1))]),
        ("tanh", x => nn.functional.tanh(x[0, 0]), [Math.Tanh(1)]), ("tanh in place", x => nn.functional.tanh(x[0, 0].clone(), inplace: true), [Math.Tanh(1)]),
        ("logsigmoid", x => nn.functional.logsigmoid(x[0, 0]), [-Math.Log(1 + Math.Exp(-1))]), ("softmax", x => nn.functional.softmax(x * 0, 0), [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]),
        ("log_softmax", x => nn.functional.log_softmax(x * 0, 0)[0], [-Math.Log(2), -Math.Log(2), -Math.Log(2)]),
        ("pad reflect", x => nn.functional.pad(x, [1, 1], PaddingModes.Reflect), [2, 1, 2, 3, 2, 5, 4, 5, 6, 5]),
        ("pad replicate", x => nn.functional.pad(x, (0, 1), PaddingModes.Replicate), [1, 2, 3, 3, 4, 5, 6, 6]),
        ("nll_loss", x => nn.functional.nll_loss(x, tensor(new long[] { 0, 2 }), tensor(new[] { 1.0, 1, 3 })), [-(1 + 18) / 4.0]),
        ("binary_cross_entropy", _ => nn.functional.binary_cross_entropy(tensor(new[] { 0.25 }), tensor(new[] { 1.0 })), [Math.Log(4)]),
        ("kl_div", _ => nn.functional.kl_div(tensor(new[] { 0.0 }), tensor(new[] { 0.5 }), log_target: false), [0.5 * Math.Log(0.5)]),
        ("constant_", x => nn.init.constant_(x.clone(), 2), [2, 2, 2, 2, 2, 2]), ("ones_", x => nn.init.ones_(x.clone()), [1, 1, 1, 1, 1, 1]),
        ("uniform_", x => nn.init.uniform_(x.clone(), 3, 4).floor(), [3, 3, 3, 3, 3, 3]),
    ];

    [TestMethod]
    public void Values()
    {
        foreach (var (name, function, expected) in s_forms)
        {
            using var scope = NewDisposeScope();
            OperatorTests.Near(name, expected, function(tensor(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } })));
        }
    }

    [TestMethod]
    public void Gradients()
    {
        // Made from nothing, drawn, or steps: no gradient.
        string[] without = ["zeros", "ones", "full", "empty", "rand", "arange", "from_array", "floor", "torch.where", "torch.empty", "binary", "kl_div", "constant_", "uniform_"];
        var run = 0;
        foreach (var (name, function, _) in s_forms.Where(item => !without.Any(prefix => item.Name.StartsWith(prefix, StringComparison.Ordinal))))
        {
            using var scope = NewDisposeScope();
            Finite.Check(name, t => function(t[0]), tensor(new[,] { { 1.1, 2.2, 3.4 }, { 3.9, 5.2, 6.1 } }));
            run++;
        }
        Console.WriteLine($"{run} forms of operators");
    }

    [TestMethod]
    public void Fans_and_gains()
    {
        Assert.AreEqual((6L, 10L), nn.init.CalculateFanInAndFanOut(zeros(5, 3, 2)));
        Assert.ThrowsExactly<ArgumentException>(() => nn.init.CalculateFanInAndFanOut(zeros(5)));
        Assert.AreEqual(5.0 / 3, nn.init.calculate_gain(torch.nn.init.NonlinearityType.Tanh));
    }

    [TestMethod]
    public void Gradients_through_backward_of_several_and_of_named_inputs()
    {
        var (x, y) = (tensor(2.0, requires_grad: true), tensor(3.0, requires_grad: true));
        autograd.backward([x * y, x * x], [tensor(1.0), tensor(10.0)]);
        Assert.AreEqual(3 + 40.0, x.grad!.item<double>());
        Assert.AreEqual(2.0, y.grad!.item<double>());
        autograd.backward(x * y, tensor(5.0), inputs: [y]);
        Assert.AreEqual(2 + 10.0, y.grad!.item<double>());
        Assert.AreEqual(43.0, x.grad!.item<double>());
        var parameter = new TorchSharp.Modules.Parameter(zeros(3)) { grad = tensor(new[] { -3f, 0.5f, 2f }) };
        nn.utils.clip_grad_value_([parameter], 1);
        CollectionAssert.AreEqual(new[] { -1f, 0.5f, 1f }, parameter.grad!.data<float>().ToArray());
    }
}
