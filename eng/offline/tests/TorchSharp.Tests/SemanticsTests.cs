using System.Runtime.InteropServices;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Types of results, errors, views, in-place changes, memory.</summary>
[TestClass]
public sealed class SemanticsTests
{
    [TestMethod]
    public void Types_of_mixed_results()
    {
        var cases = new (ScalarType, ScalarType, ScalarType)[]
        {
            (ScalarType.Int32, ScalarType.Int64, ScalarType.Int64), (ScalarType.Int64, ScalarType.Float32, ScalarType.Float32),
            (ScalarType.Float32, ScalarType.Float64, ScalarType.Float64), (ScalarType.Bool, ScalarType.Byte, ScalarType.Byte),
            (ScalarType.Byte, ScalarType.Int8, ScalarType.Int16), (ScalarType.BFloat16, ScalarType.Float16, ScalarType.Float32),
            (ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float32), (ScalarType.BFloat16, ScalarType.Int64, ScalarType.BFloat16),
        };
        foreach (var (left, right, expected) in cases)
        {
            Assert.AreEqual(expected, promote_types(left, right));
            Assert.AreEqual(expected, (ones(2, dtype: left) + ones(2, dtype: right)).dtype, $"{left} + {right}");
        }
    }

    [TestMethod]
    public void A_number_does_not_widen_a_tensor()
    {
        Assert.AreEqual(ScalarType.Float32, (ones(2) * 2.5).dtype);
        Assert.AreEqual(ScalarType.BFloat16, (ones(2, dtype: bfloat16) * 2.5).dtype);
        Assert.AreEqual(ScalarType.Float32, (ones(2, dtype: int64) * 2.5).dtype);
        Assert.AreEqual(ScalarType.Int64, (ones(2, dtype: int64) * 2).dtype);
        Assert.AreEqual(ScalarType.Float32, (ones(2, dtype: int64) / 2).dtype);
        Assert.AreEqual(ScalarType.Int64, ones(2, dtype: @bool).sum().dtype);
        Assert.AreEqual(ScalarType.Float64, ones(2).sum(ScalarType.Float64).dtype);
        Assert.AreEqual(ScalarType.Bool, (ones(2) > 0).dtype);
        Assert.AreEqual(ScalarType.Int64, ones(2, 2).argmax(1).dtype);
    }

    [TestMethod]
    public void Default_types_of_factories()
    {
        Assert.AreEqual(ScalarType.Float32, zeros(2).dtype);
        Assert.AreEqual(ScalarType.Int64, arange(3).dtype);
        Assert.AreEqual(ScalarType.Float32, arange(0, 1, 0.5).dtype);
        Assert.AreEqual(ScalarType.Int64, full(2, 3).dtype);
        Assert.AreEqual(ScalarType.Float32, full(2, 3.0).dtype);
        Assert.AreEqual(ScalarType.Float32, tensor(1f).dtype);
        Assert.AreEqual(ScalarType.Float64, tensor(1.0).dtype);
        Assert.AreEqual(ScalarType.Int64, tensor(1L).dtype);
        Assert.AreEqual(ScalarType.Int32, tensor(1).dtype);
        Assert.AreEqual(ScalarType.Byte, tensor(new byte[] { 1 }).dtype);
        Assert.AreEqual(ScalarType.Bool, tensor(true).dtype);
        Assert.AreEqual(ScalarType.Int64, randperm(4).dtype);
        Assert.AreEqual(ScalarType.BFloat16, zeros_like(zeros(2, dtype: bfloat16)).dtype);
    }

    [TestMethod]
    public void Native_errors_are_external_exceptions()
    {
        var calls = new Action[]
        {
            () => ones(2, 3).mm(ones(4, 5)), () => ones(2, 3).matmul(ones(4, 5)), () => nn.functional.linear(ones(2, 3), ones(4, 5)), () => _ = ones(2) + ones(3),
            () => ones(2, 3).view(7), () => ones(2, 3).reshape(7), () => cat([ones(2, 3), ones(3, 4)]), () => stack([ones(2), ones(3)]), () => ones(2).select(1, 0),
            () => ones(2).narrow(0, 1, 5), () => ones(2, 3).gather(1, ones(2, 3)), () => ones(2).index_select(0, tensor(new long[] { 5 })), () => ones(2, 3).transpose(0, 4),
            () => nn.functional.cross_entropy(ones(2, 3), tensor(new long[] { 0, 7 })), () => ones(2, dtype: int64).requires_grad_(), () => ones(2).backward(),
            () => ones(2, 3).expand(4, 3), () => nn.functional.layer_norm(ones(2, 3), [4]), () => ones(2, 2).sum(5), () => linalg.inv(ones(2, 3)), () => ones(2, 3).bmm(ones(2, 3)),
        };
        for (var k = 0; k < calls.Length; k++)
        {
            var failure = Assert.ThrowsExactly<ExternalException>(calls[k], $"call {k}");
            Assert.IsGreaterThan(10, failure.Message.Length, $"call {k}: '{failure.Message}'");
        }
    }

    [TestMethod]
    public void Managed_checks_throw_what_TorchSharp_throws()
    {
        Assert.ThrowsExactly<ArgumentException>(() => cat([]));
        Assert.ThrowsExactly<ArgumentException>(() => ones(2).item<float>());
        Assert.ThrowsExactly<ArgumentException>(() => ones(1).item<double>());
        Assert.ThrowsExactly<ArgumentException>(() => ones(2, dtype: bfloat16).data<float>());
        Assert.ThrowsExactly<ArgumentException>(() => ones(2).slice(0, 0, 2, 0));
        Assert.ThrowsExactly<ArgumentException>(() => where(ones(2), ones(2), ones(2)));
        Assert.ThrowsExactly<ArgumentException>(() => ones(2).masked_select(ones(2)));
        Assert.ThrowsExactly<InvalidOperationException>(() => ones(2).dot(ones(3)));
        Assert.ThrowsExactly<InvalidOperationException>(() => _ = ones(2, 3).t().bytes.Length);
        Assert.ThrowsExactly<ArgumentException>(() => ones(2).index_add(0, zeros(1, dtype: int32), ones(1), 1));
        var gone = ones(2);
        gone.Dispose();
        Assert.ThrowsExactly<InvalidOperationException>(() => gone.shape);
        Assert.IsTrue(gone.IsInvalid);
        gone.Dispose();
    }

    [TestMethod]
    public void Views_share_memory_and_copies_do_not()
    {
        var x = arange(6, dtype: float32).reshape(2, 3);
        x.view(6)[0] = 100;
        x.t()[1, 0] = 50;
        x.narrow(1, 2, 1).fill_(7);
        CollectionAssert.AreEqual(new float[] { 100, 50, 7, 3, 4, 7 }, x.data<float>().ToArray());
        x.clone().fill_(0);
        x.to(ScalarType.Float64).fill_(0);
        x.t().contiguous().fill_(0);
        CollectionAssert.AreEqual(new float[] { 100, 50, 7, 3, 4, 7 }, x.data<float>().ToArray());
        x.to(ScalarType.Float32)[1, 1] = -1;
        Assert.AreEqual(-1f, x[1, 1].item<float>(), "to the same type is the same memory");
        Assert.AreNotEqual(0f, x.to(ScalarType.Float32, copy: true).fill_(0).Handle.ToInt64() == x.Handle.ToInt64() ? 0f : 1f);
    }

    [TestMethod]
    public void In_place_operators_return_their_object()
    {
        var x = tensor(new float[] { 1, 4 });
        Assert.AreSame(x, x.add_(1));
        Assert.AreSame(x, x.mul_(tensor(2f)));
        Assert.AreSame(x, x.sqrt_());
        Assert.AreSame(x, x.clamp_(0, 3));
        CollectionAssert.AreEqual(new[] { 2f, 3f }, x.data<float>().ToArray());
        var other = x.zero_();
        Assert.AreNotSame(x, other);
        CollectionAssert.AreEqual(new[] { 0f, 0f }, x.data<float>().ToArray());
        other.fill_(5);
        Assert.AreEqual(5f, x[0].item<float>(), "zero_ gives another object for the same tensor");
        Assert.AreSame(x, x.copy_(ones(2)));
    }

    [TestMethod]
    public void In_place_change_of_a_saved_value_is_refused()
    {
        var x = ones(2).requires_grad_();
        var y = x.exp();
        y.add_(1);
        Assert.ThrowsExactly<ExternalException>(() => y.sum().backward());
        Assert.ThrowsExactly<ExternalException>(() => x.add_(1));
    }

    [TestMethod]
    public void Indexing_reads_and_writes()
    {
        var x = arange(12, dtype: float32).reshape(3, 4);
        Assert.AreEqual(6f, x[1, 2].item<float>());
        Assert.AreEqual(11f, x[-1, -1].item<float>());
        CollectionAssert.AreEqual(new long[] { 4 }, x[1].shape);
        CollectionAssert.AreEqual(new float[] { 1, 5, 9 }, x[TensorIndex.Colon, 1].data<float>().ToArray());
        CollectionAssert.AreEqual(new float[] { 4, 5 }, x[1, TensorIndex.Slice(null, 2)].data<float>().ToArray());
        CollectionAssert.AreEqual(new float[] { 0, 2 }, x[0, TensorIndex.Slice(0, 4, 2)].data<float>().ToArray());
        CollectionAssert.AreEqual(new float[] { 3, 7, 11 }, x[TensorIndex.Ellipsis, 3].data<float>().ToArray());
        CollectionAssert.AreEqual(new long[] { 3, 1, 4 }, x[TensorIndex.Colon, TensorIndex.None].shape);
        CollectionAssert.AreEqual(new float[] { 8, 0 }, x[tensor(new long[] { 2, 0 }), tensor(new long[] { 0, 0 })].data<float>().ToArray());
        CollectionAssert.AreEqual(new float[] { 10, 11 }, x[x > 9].data<float>().ToArray());
        CollectionAssert.AreEqual(new float[] { 5, 6 }, x[1, 1..3].data<float>().ToArray());
        x[0] = zeros(4);
        x[TensorIndex.Colon, 3] = tensor(-1f);
        x[x.eq(5)] = tensor(50f);
        CollectionAssert.AreEqual(new float[] { 0, 0, 0, -1, 4, 50, 6, -1, 8, 9, 10, -1 }, x.data<float>().ToArray());
    }

    [TestMethod]
    public void Arrays_in_and_out()
    {
        var source = new float[] { 1, 2, 3, 4, 5, 6 };
        var copy = tensor(source, [2, 3]);
        source[0] = 100;
        Assert.AreEqual(1f, copy[0, 0].item<float>(), "tensor copies");
        using var shared = as_tensor(source);
        source[1] = 200;
        Assert.AreEqual(200f, shared[1].item<float>(), "as_tensor shares");
        CollectionAssert.AreEqual(new float[] { 1, 4, 2, 5, 3, 6 }, copy.t().data<float>().ToArray());
        CollectionAssert.AreEqual(new float[] { 4, 2 }, copy.t().contiguous().narrow(0, 0, 2).flatten().narrow(0, 1, 2).data<float>().ToArray());
        Assert.AreEqual(5f, ((float[,])copy.data<float>().ToNDArray())[1, 1]);
        var target = new float[4];
        copy.data<float>().CopyTo(target, 1, 2);
        CollectionAssert.AreEqual(new float[] { 0, 3, 4, 5 }, target);
        copy.bytes.Fill(0);
        Assert.AreEqual(0f, copy.abs().sum().item<float>());
        Assert.AreEqual(2.5f, tensor(2.5f).bfloat16().ToSingle());
        Assert.AreEqual(3L, tensor(3L).ToInt64());
        Assert.IsTrue(tensor(true).ToBoolean());
        Assert.AreEqual(1.5f, tensor(new[] { 1.5f }).bfloat16().ReadCpuBFloat16(0));
    }

    [TestMethod]
    public void A_file_is_mapped_copy_on_write()
    {
        var path = Path.GetTempFileName();
        try
        {
            var values = Enumerable.Range(0, 64).Select(k => (float)k).ToArray();
            File.WriteAllBytes(path, MemoryMarshal.AsBytes<float>(values).ToArray());
            var before = File.ReadAllBytes(path);
            using (var mapped = from_file(path, shared: false, size: 64, dtype: float32))
            {
                CollectionAssert.AreEqual(values, mapped.data<float>().ToArray());
                using var part = mapped.narrow(0, 8, 4).view(2, 2);
                Assert.AreEqual(11f, part[1, 1].item<float>());
                part.fill_(-1);
                Assert.AreEqual(-1f, mapped[8].item<float>());
            }
            CollectionAssert.AreEqual(before, File.ReadAllBytes(path), "a private map never writes the file");
            using var halves = from_file(path, shared: false, size: 128, dtype: bfloat16);
            Assert.AreEqual(ScalarType.BFloat16, halves.dtype);
            Assert.ThrowsExactly<ExternalException>(() => from_file(path + ".none", shared: false, size: 4, dtype: float32));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Draws_repeat_with_the_seed()
    {
        manual_seed(7);
        var first = randn(5);
        manual_seed(7);
        Assert.IsTrue(first.Equals(randn(5)));
        using var generator = new Generator(3);
        var second = rand([4], generator: generator);
        generator.manual_seed(3);
        Assert.IsTrue(second.Equals(rand([4], generator: generator)));
        Assert.IsTrue(rand(100).lt(1).all().ToBoolean());
        Assert.AreEqual(3, generator.initial_seed());
    }

    [TestMethod]
    public void Threads_can_be_counted_and_set()
    {
        var before = get_num_threads();
        Assert.IsGreaterThan(0, before);
        set_num_threads(1);
        Assert.AreEqual(1, get_num_threads());
        set_num_threads(before);
    }

    [TestMethod]
    public void Devices_read_their_names()
    {
        Assert.AreEqual(DeviceType.CUDA, new Device("cuda:1").type);
        Assert.AreEqual(1, new Device("cuda:1").index);
        Assert.AreEqual("cuda:1", new Device("cuda:1").ToString());
        Assert.AreEqual("cpu", CPU.ToString());
        Assert.AreEqual(DeviceType.CPU, ones(1).device_type);
        if (!cuda.is_available())
        {
            Assert.ThrowsExactly<InvalidOperationException>(() => ones(1).cuda());
        }
    }
}
