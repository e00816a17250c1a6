using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>The methods behind the operators, and their less common relatives, each with its value; the functions of torch and the in-place forms are compared with these.</summary>
[TestClass]
public sealed class MethodTests
{
    // x = 1 -2 3 and y = 2 -2 -3, in float64 (a, b in bits: 12 10 and 10 6).
    private static readonly (string Name, Func<Tensor, Tensor, Tensor> Function, double[] Expected)[] s_numbers =
    [
        ("add", (x, y) => x.add(y), [3, -4, 0]), ("add number", (x, _) => x.add((Scalar)1, (Scalar)2), [3, 0, 5]), ("sub", (x, y) => x.sub(y), [-1, 0, 6]),
        ("sub number", (x, _) => x.sub((Scalar)1), [0, -3, 2]), ("subtract", (x, y) => x.subtract(y), [-1, 0, 6]), ("subtract number", (x, _) => x.subtract((Scalar)1), [0, -3, 2]),
        ("multiply", (x, y) => x.multiply(y), [2, 4, -9]), ("multiply number", (x, _) => x.multiply((Scalar)2), [2, -4, 6]), ("true_divide", (x, y) => x.true_divide(y), [0.5, 1, -1]),
        ("div rounded", (x, y) => x.div(y * 2, RoundingMode.floor), [0, 0, -1]), ("div cut", (x, y) => x.div(y * 2, RoundingMode.trunc), [0, 0, 0]),
        ("fmod", (x, y) => x.fmod(y + 0.5), [1, -0.5, 0.5]), ("remainder", (x, y) => x.remainder(y + 0.5), [1, -0.5, -2]), ("negative", (x, _) => x.negative(), [-1, 2, -3]),
        ("addcdiv", (x, y) => x.addcdiv(x, y), [1.5, -1, 2]), ("clamp by tensors", (x, y) => x.clamp(y - 1, y), [1, -2, -3]), ("clip", (x, _) => x.clip((Scalar)(-1), (Scalar)2), [1, -1, 2]),
        ("max", (x, y) => x.max(y), [2, -2, 3]), ("min", (x, y) => x.min(y), [1, -2, -3]), ("min of all", (x, _) => x.min(), [-2]), ("xlogy", (x, _) => x.xlogy((Scalar)Math.E), [1, -2, 3]),
        ("vdot", (x, y) => x.vdot(y), [2 + 4 - 9]), ("prod", (x, _) => x.unsqueeze(0).prod(1, keepdim: true), [-6]), ("var", (x, _) => x.var(), [19.0 / 3]),
        ("var of dimensions", (x, _) => x.unsqueeze(0).var([1], unbiased: false), [38.0 / 9]), ("std of dimensions", (x, _) => x.unsqueeze(0).std([1]), [Math.Sqrt(19.0 / 3)]),
        ("amax into", (x, _) => x.amax([0], keepdim: true), [3]), ("amin into", (x, _) => x.amin([0], keepdim: true), [-2]), ("ravel", (x, _) => x.unsqueeze(1).ravel(), [1, -2, 3]),
        ("fliplr", (x, _) => x.unsqueeze(0).fliplr(), [3, -2, 1]), ("flipud", (x, _) => x.flipud(), [3, -2, 1]), ("broadcast_to", (x, _) => x.broadcast_to(2, 3), [1, -2, 3, 1, -2, 3]),
        ("tile", (x, _) => x.tile([2]), [1, -2, 3, 1, -2, 3]), ("repeat_interleave", (x, _) => x.repeat_interleave(tensor(new long[] { 0, 2, 1 })), [-2, -2, 3]),
        ("roll", (x, _) => x.roll(new long[] { 1 }), [3, 1, -2]), ("roll dims", (x, _) => x.roll(new long[] { 1 }, new long[] { 0 }), [3, 1, -2]), ("roll two", (x, _) => x.unsqueeze(0).roll((0, 1), (0, 1)), [3, 1, -2]),
        ("roll three", (x, _) => x.unsqueeze(0).unsqueeze(0).roll((0, 0, 1), (0, 1, 2)), [3, 1, -2]), ("split", (x, _) => x.split(new long[] { 1, 2 }, 0L)[1], [-2, 3]),
        ("unflatten", (x, _) => x.unflatten(0, 3, 1).sum(1), [1, -2, 3]), ("unflatten size", (x, _) => x.unflatten(0, new Size([1, 3])).sum(0L), [1, -2, 3]),
        ("take_along_dim", (x, _) => x.unsqueeze(0).take_along_dim(tensor(new long[,] { { 2, 0 } }), 1), [3, 1]), ("index_fill", (x, _) => x.index_fill(0, tensor(new long[] { 1 }), (Scalar)9), [1, 9, 3]),
        ("cholesky", (x, _) => x.square().diag().cholesky(), [1, 0, 0, 0, 2, 0, 0, 0, 3]), ("det", (x, _) => x.diag().det(), [-6]), ("inverse", (x, _) => (x * 2).diag().inverse().diag(), [0.5, -0.25, 1.0 / 6]),
        ("unique_consecutive", (x, _) => x.square().abs().sign().unique_consecutive().Item1, [1]),
    ];

    private static readonly (string Name, Func<Tensor, Tensor, Tensor> Function, int[] Expected)[] s_truths =
    [
        ("eq", (x, y) => x.eq(y), [0, 1, 0]), ("ne", (x, y) => x.ne(y), [1, 0, 1]), ("ne number", (x, _) => x.ne((Scalar)1), [0, 1, 1]), ("not_equal", (x, y) => x.not_equal(y), [1, 0, 1]),
        ("gt", (x, y) => x.gt(y), [0, 0, 1]), ("greater", (x, y) => x.greater(y), [0, 0, 1]), ("ge", (x, y) => x.ge(y), [0, 1, 1]), ("ge number", (x, _) => x.ge((Scalar)1), [1, 0, 1]),
        ("greater_equal", (x, y) => x.greater_equal(y), [0, 1, 1]), ("lt", (x, y) => x.lt(y), [1, 0, 0]), ("less", (x, y) => x.less(y), [1, 0, 0]), ("le", (x, y) => x.le(y), [1, 1, 0]),
        ("le number", (x, _) => x.le((Scalar)1), [1, 1, 0]), ("less_equal", (x, y) => x.less_equal(y), [1, 1, 0]), ("logical_and", (x, y) => (x > 0).logical_and(y > 0), [1, 0, 0]),
        ("logical_or", (x, y) => (x > 0).logical_or(y > 0), [1, 0, 1]), ("logical_xor", (x, y) => (x > 0).logical_xor(y > 0), [0, 0, 1]), ("logical_not", (x, _) => (x > 0).logical_not(), [0, 1, 0]),
        ("isclose", (x, y) => x.isclose(y + 1e-9), [0, 1, 0]), ("isin", (x, y) => x.isin(y), [0, 1, 0]), ("isinf", (x, _) => (x / (x - 1)).isinf(), [1, 0, 0]),
        ("all", (x, _) => (x > 0).unsqueeze(0).all(1), [0]), ("any", (x, _) => (x > 0).unsqueeze(0).any(1), [1]),
    ];

    private static readonly (string Name, Func<Tensor, Tensor, Tensor> Function, long[] Expected)[] s_integers =
    [
        ("and", (a, b) => a.bitwise_and(b), [8, 2]), ("or", (a, b) => a.bitwise_or(b), [14, 14]), ("xor", (a, b) => a.bitwise_xor(b), [6, 12]), ("not", (a, _) => a.bitwise_not(), [-13, -11]),
        ("argmax", (a, _) => a.argmax(), [0]), ("argmin", (a, _) => a.argmin(), [1]), ("argwhere", (a, _) => (a > 11).argwhere(), [0]), ("count_nonzero", (a, _) => (a - 12).count_nonzero(), [1]),
    ];

    [TestMethod]
    public void Values()
    {
        foreach (var (name, function, expected) in s_numbers)
        {
            using var scope = NewDisposeScope();
            var found = function(tensor(new[] { 1.0, -2, 3 }), tensor(new[] { 2.0, -2, -3 }));
            Assert.AreEqual(ScalarType.Float64, found.dtype, name);
            OperatorTests.Near(name, expected, found);
        }
    }

    [TestMethod]
    public void Gradients()
    {
        // Steps have none; beside ties and borders the others have one.
        HashSet<string> steps = ["div rounded", "div cut", "unique_consecutive"];
        foreach (var (name, function, _) in s_numbers.Where(item => !steps.Contains(item.Name)))
        {
            using var scope = NewDisposeScope();
            Finite.Check(name, t => function(t[0], t[1]) + (t[1].sum() * 0), tensor(new[] { 1.1, -2.3, 3.2 }), tensor(new[] { 2.4, -1.7, -3.3 }));
        }
    }

    [TestMethod]
    public void Truths()
    {
        foreach (var (name, function, expected) in s_truths)
        {
            using var scope = NewDisposeScope();
            var found = function(tensor(new[] { 1.0, -2, 3 }), tensor(new[] { 2.0, -2, -3 }));
            Assert.AreEqual(ScalarType.Bool, found.dtype, name);
            CollectionAssert.AreEqual(expected, found.data<bool>().ToArray().Select(truth => truth ? 1 : 0).ToArray(), name);
        }
        Assert.IsTrue(ones(1).is_nonzero() && !zeros(1).is_nonzero());
        Assert.ThrowsExactly<InvalidOperationException>(() => ones(2).is_nonzero());
        Assert.IsTrue(ones(1).is_floating_point() && !ones(1).is_integral() && !ones(1).is_complex());
    }

    [TestMethod]
    public void Integers()
    {
        foreach (var (name, function, expected) in s_integers)
        {
            using var scope = NewDisposeScope();
            CollectionAssert.AreEqual(expected, function(tensor(new long[] { 12, 10 }), tensor(new long[] { 10, 6 })).data<long>().ToArray(), name);
        }
    }
}
