using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Tensors from nothing, from numbers, from other tensors.</summary>
[TestClass]
public sealed class FactoryTests
{
    [TestMethod]
    public void Filled_tensors()
    {
        Is("0 0 0 0", zeros(2, 2), 2, 2);
        Is("1 1 1", ones(3L), 3);
        Is("2.5 2.5", full(new long[] { 2, 1 }, 2.5), 2, 1);
        Is("1 0 0 0 1 0", eye(2, 3), 2, 3);
        Is("0 1 2 3", arange(4), 4);
        Is("1 1.5 2 2.5", arange(1, 3, 0.5), 4);
        Is("0 0.5 1", linspace(0, 1, 3), 3);
        Is("7 7", full_like(ones(2), 7), 2);
        Is("0 0", zeros_like(ones(2)), 2);
        Is("1 1", ones_like(zeros(2), dtype: float64), 2);
        Is("3 3", ones(1).new_full([2], 3), 2);
        Is("0 0 0", ones(1, dtype: int32).new_zeros([3]), 3);
        Is("0 0 0 0", torch.empty(4).fill_(0), 4);
        Is("0 1 2 3 4 5", arange(6).reshape(2, 3), 2, 3);
        Assert.AreEqual(0, zeros(0).numel());
        Assert.AreEqual(1, tensor(3f).numel());
        Assert.AreEqual(0, tensor(3f).ndim);
        CollectionAssert.AreEqual(new long[] { 4, 1 }, empty_strided([2, 3], [4, 1]).stride());
    }

    [TestMethod]
    public void Types_devices_and_gradients_are_taken()
    {
        var x = zeros(2, 3, dtype: float64, device: CPU, requires_grad: true);
        Assert.AreEqual(ScalarType.Float64, x.dtype);
        Assert.IsTrue(x.requires_grad && x.is_leaf);
        Assert.AreEqual(ScalarType.Float64, x.detach().new_empty([1]).dtype);
        Assert.IsTrue(tensor(new float[] { 1 }, requires_grad: true).requires_grad);
        Assert.AreEqual(ScalarType.BFloat16, tensor(new float[] { 1 }, dtype: bfloat16).dtype);
        Assert.AreEqual(ScalarType.Float32, tensor(new List<int> { 1, 2 }, dtype: float32).dtype);
        Assert.AreEqual(8, x.element_size());
        Assert.ThrowsExactly<NotSupportedException>(() => zeros(2, names: ["a"]));
        Assert.ThrowsExactly<ArgumentException>(() => tensor(new float[] { 1, 2 }, [3]));
    }

    [TestMethod]
    public void Numbers_of_every_type()
    {
        Is("1 2", tensor(new byte[] { 1, 2 }), 2);
        Is("-1 2", tensor(new sbyte[] { -1, 2 }), 2);
        Is("-1 2", tensor(new short[] { -1, 2 }), 2);
        Is("-1 2 3 4", tensor(new int[,] { { -1, 2 }, { 3, 4 } }), 2, 2);
        Is("1 0", tensor(new[] { true, false }), 2);
        Is("1.5", tensor(new[] { (Half)1.5 }), 1);
        Is("1 2 3 4 5 6 7 8", tensor(new double[,,] { { { 1, 2 }, { 3, 4 } }, { { 5, 6 }, { 7, 8 } } }), 2, 2, 2);
        Is("1 2 3 4 5 6", tensor(new List<long> { 1, 2, 3, 4, 5, 6 }, 2, 3), 2, 3);
        Is("1 2 3", tensor(new float[] { 1, 2, 3 }.AsMemory(), [3]), 3);
        Is("1 2 3 4", from_array(new float[,] { { 1, 2 }, { 3, 4 } }), 2, 2);
        Is("2 3", frombuffer(new float[] { 1, 2, 3 }, float32, 2, 1), 2);
        Assert.ThrowsExactly<ArgumentException>(() => frombuffer(new float[] { 1 }, float32, offset: 2));
        Tensor implied = 2.5f;
        Assert.AreEqual(2.5f, (float)implied);
        Assert.AreEqual(3L, (long)tensor(3L));
        Assert.IsTrue((bool)tensor(true));
    }

    [TestMethod]
    public void Conversions_between_types()
    {
        var x = tensor(new[] { -1.7, 0.0, 2.5 });
        Is("-1 0 2", x.@long(), 3);
        Is("-1 0 2", x.@int(), 3);
        Is("-1 0 2", x.@short(), 3);
        Is("1 0 1", x.@bool(), 3);
        Is("-1 0 2", x.@char(), 3);
        Assert.AreEqual(ScalarType.Float32, x.@float().dtype);
        Assert.AreEqual(ScalarType.Float16, x.half().dtype);
        Assert.AreEqual(ScalarType.BFloat16, x.bfloat16().dtype);
        Assert.AreEqual(ScalarType.Float64, x.@float().@double().dtype);
        Assert.AreEqual(ScalarType.Float32, x.type_as(ones(1)).dtype);
        Assert.AreEqual(ScalarType.Float32, x.to(ones(1)).dtype);
        // bfloat16 keeps 8 bits of the significand, ties to even
        Assert.AreEqual(1.0f, tensor(1.00390625f).bfloat16().ToSingle());
        Assert.AreEqual(1.015625f, tensor(1.01171875f).bfloat16().ToSingle());
        var gone = ones(2);
        gone.to(float64, disposeAfter: true);
        Assert.IsTrue(gone.IsInvalid);
    }

    [TestMethod]
    public void Random_tensors_have_their_moments()
    {
        manual_seed(3);
        Near(0.5, rand(20000).mean());
        Near(1, randn(20000).std());
        Near(0.25, torch.empty(20000).bernoulli_(0.25).mean());
        Near(2, torch.empty(20000).uniform_(1, 3).mean());
        Near(5, torch.empty(20000).normal_(5, 0.1).mean());
        Near(0.7, full(20000, 0.7).bernoulli().mean());
        Near(2, randint(0, 5, [20000], dtype: float32).mean());
        CollectionAssert.AreEqual(new long[] { 0, 1, 2, 3, 4 }, randperm(5).sort().Values.data<long>().ToArray());
        Assert.AreEqual(1L, tensor(new float[] { 0, 1, 0 }).multinomial(1).item<long>());
        Assert.IsTrue(rand_like(ones(3, dtype: float64)).dtype == ScalarType.Float64 && randn_like(ones(3)).isfinite().all().ToBoolean());
        var state = get_rng_state();
        var first = rand(3);
        set_rng_state(state);
        Assert.IsTrue(first.Equals(rand(3)));

        static void Near(double expected, Tensor actual) => Assert.AreEqual(expected, actual.ToDouble(), 0.03 * Math.Max(1, expected));
    }

    [TestMethod]
    public void Dropout_keeps_the_mean_and_only_while_training()
    {
        manual_seed(5);
        var x = ones(20000);
        var y = nn.functional.dropout(x, 0.25);
        Assert.AreEqual(0.25, y.eq(0).@float().mean().ToDouble(), 0.02);
        Assert.AreEqual(1, y.mean().ToDouble(), 0.02);
        Assert.IsTrue(nn.functional.dropout(x, 0.25, training: false).Equals(x));
        Assert.IsTrue(nn.functional.dropout(x, 0, inplace: true).Equals(x));
    }

    private static void Is(string expected, Tensor actual, params long[] shape)
    {
        CollectionAssert.AreEqual(shape, actual.shape);
        var found = string.Join(' ', actual.to(float64).contiguous().data<double>().ToArray().Select(v => v.ToString("0.######", System.Globalization.CultureInfo.InvariantCulture)));
        Assert.AreEqual(expected, found);
    }
}
