using Microsoft.VisualStudio.TestTools.UnitTesting;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Shapes, elements, bytes and indices, read and written.</summary>
[TestClass]
public sealed class AccessTests
{
    [TestMethod]
    public void Elements_through_an_accessor()
    {
        var x = arange(6, dtype: float32).reshape(2, 3);
        var rows = x.data<float>();
        Assert.AreEqual(6, rows.Count);
        Assert.IsFalse(rows.IsReadOnly);
        Assert.AreEqual(5f, rows[1, 2]);
        Assert.AreEqual(4f, rows[4]);
        rows[1, 0] = 30;
        Assert.AreEqual(30f, x[1, 0].item<float>());
        Assert.ThrowsExactly<IndexOutOfRangeException>(() => rows[2, 0]);
        var columns = x.t().data<float>();
        CollectionAssert.AreEqual(new[] { 0f, 30, 1, 4, 2, 5 }, columns.ToArray());
        CollectionAssert.AreEqual(new[] { 0f, 30, 1, 4, 2, 5 }, columns.ToList());
        Assert.AreEqual(1f, columns[2]);
        var part = new float[4];
        columns.CopyTo(part.AsSpan(), 1, 2);
        CollectionAssert.AreEqual(new[] { 0f, 1, 4, 2 }, part);
        columns.CopyFrom(new float[] { 7, 8 }, 0, 4);
        CollectionAssert.AreEqual(new[] { 0f, 1, 7, 30, 4, 8 }, rows.ToArray());
        columns.CopyFrom((ReadOnlySpan<float>)[9f]);
        Assert.AreEqual(9f, rows[0, 0]);
        Assert.IsTrue(rows == x.clone().data<float>());
        Assert.IsTrue(rows != columns);
        Assert.IsTrue(rows.Equals((object)x.clone().data<float>()));
        Assert.IsFalse(rows.Equals("other"));
        Assert.AreEqual(rows.GetHashCode(), rows.GetHashCode());
        Assert.AreEqual(9f, ((float[,])x.data<float>().ToNDArray())[0, 0]);
        rows.Dispose();
        Assert.AreEqual(0, rows.Count);
    }

    [TestMethod]
    public void Elements_one_by_one()
    {
        Assert.AreEqual(2.5, tensor(new[] { 1.0, 2.5 }).ReadCpuDouble(1));
        Assert.AreEqual(2.5f, tensor(new[] { 1f, 2.5f }).ReadCpuSingle(1));
        Assert.AreEqual(2.5f, tensor(new[] { 1f, 2.5f }).half().ReadCpuFloat16(1));
        Assert.AreEqual(2.5f, tensor(new[] { 1f, 2.5f }).bfloat16().ReadCpuBFloat16(1));
        Assert.AreEqual(2L, tensor(new long[] { 1, 2 }).ReadCpuInt64(1));
        Assert.AreEqual(2, tensor(new[] { 1, 2 }).ReadCpuInt32(1));
        Assert.AreEqual((short)2, tensor(new short[] { 1, 2 }).ReadCpuInt16(1));
        Assert.AreEqual((sbyte)2, tensor(new sbyte[] { 1, 2 }).ReadCpuSByte(1));
        Assert.AreEqual((byte)2, tensor(new byte[] { 1, 2 }).ReadCpuByte(1));
        Assert.IsTrue(tensor(new[] { false, true }).ReadCpuBool(1));
        Assert.AreEqual(3.0, tensor(new double[,] { { 1, 2 }, { 3, 4 } }).t().ReadCpuValue<double>(1));
        Assert.ThrowsExactly<ArgumentException>(() => ones(1).ReadCpuDouble(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ones(1).ReadCpuSingle(1));
        var number = tensor(3.0);
        Assert.AreEqual((Half)3, number.ToHalf());
        Assert.AreEqual((sbyte)3, number.@long().ToSByte());
        Assert.AreEqual((byte)3, number.@long().ToByte());
        Assert.AreEqual((short)3, number.@long().ToInt16());
        Assert.AreEqual(3, number.@long().ToInt32());
        Assert.AreEqual(ScalarType.Float64, number.ToScalar().Type);
        Assert.AreEqual(ScalarType.Bool, number.@bool().ToScalar().Type);
        Assert.AreEqual(3L, number.@byte().item<byte>());
    }

    [TestMethod]
    public void Bytes_in_and_out()
    {
        var x = arange(300, dtype: int16);
        var stream = new MemoryStream();
        x.WriteBytesToStream(stream, 64);
        CollectionAssert.AreEqual(x.bytes.ToArray(), stream.ToArray());
        var y = zeros(300, dtype: int16);
        y.bytes = stream.ToArray();
        Assert.IsTrue(x.Equals(y));
        Assert.IsTrue(x.Equals((object)y));
        Assert.IsFalse(x.Equals((object)"x"));
        Assert.AreEqual(x.GetHashCode(), x.GetHashCode());
        Assert.ThrowsExactly<ArgumentException>(() => y.bytes = new byte[3]);
        Assert.ThrowsExactly<InvalidOperationException>(() => ones(2, 2).t().bytes = new byte[16]);
    }

    [TestMethod]
    public void Sizes_and_strides()
    {
        var x = zeros(2, 3, 4).transpose(0, 2);
        CollectionAssert.AreEqual(new long[] { 4, 3, 2 }, x.size());
        CollectionAssert.AreEqual(new[] { 4, 3, 2 }, x.IntShape().ToArray());
        Assert.AreEqual(3, x.size(1));
        Assert.AreEqual(12, x.stride(2));
        Assert.AreEqual(3, x.dim());
        Assert.AreEqual(3, x.Dimensions);
        Assert.AreEqual(24, x.NumberOfElements);
        Assert.AreEqual(4, x.ElementSize);
        Assert.IsFalse(x.is_contiguous());
        Assert.AreEqual(4, zeros(3, 4)[1].storage_offset());
        Assert.IsTrue(x.is_cpu() && !x.is_cuda && !x.is_meta && !x.is_sparse);
        Assert.IsTrue(zeros(1, device: META).is_meta);
        Assert.AreEqual(DeviceType.CPU, x.device.type);
        Assert.AreEqual(-1, x.cpu().device_index);
        Assert.IsGreaterThanOrEqualTo(Tensor.TotalCount, Tensor.PeakCount);
        x.name = "x";
        Assert.AreEqual("x", x.name);
        x.requires_grad = true;
        Assert.IsTrue(x.requires_grad);
        Assert.IsTrue(ones(1).with_requires_grad().requires_grad);
        CollectionAssert.AreEqual(new long[] { 2, 2 }, zeros(6).as_strided([2, 2], [3, 1], 1).shape);
        foreach (var (type, size) in new[] { (ScalarType.Byte, 1), (ScalarType.Float16, 2), (ScalarType.Int32, 4), (ScalarType.ComplexFloat32, 8), (ScalarType.ComplexFloat64, 16) })
        {
            Assert.AreEqual(size, type.ElementSize());
        }
        Assert.IsTrue(is_complex(ScalarType.ComplexFloat32) && !is_complex(ScalarType.Float32));
        Assert.IsTrue(is_floating_point(ScalarType.BFloat16) && !is_floating_point(ScalarType.Int64));
        Assert.IsTrue(is_integral(ScalarType.Int8) && !is_integral(ScalarType.Float16));
    }

    [TestMethod]
    public void Shapes_as_values()
    {
        var size = new Size([2, 3]);
        Assert.AreEqual(6, size.numel());
        Assert.AreEqual(2, size.Length);
        Assert.AreEqual(3, size[1]);
        Assert.AreEqual(2, size[0L]);
        CollectionAssert.AreEqual(new long[] { 2, 3 }, size.Shape);
        Assert.IsTrue(size == new Size(new[] { 2, 3 }));
        Assert.IsTrue(size != new Size((IEnumerable<long>)[3, 2]));
        Assert.IsTrue(size.Equals((object)new Size(new long[] { 2, 3 })) && !size.Equals("2,3"));
        Assert.AreEqual(size.GetHashCode(), new Size([2, 3]).GetHashCode());
        Assert.IsFalse(size.IsEmpty || size.IsScalar);
        Assert.IsTrue(Size.Empty.IsEmpty && Size.Empty.IsScalar);
        Size one = 4L, two = new long[] { 4 };
        Assert.IsTrue(one == two && one == new Size(4) && one == new Size(4L));
        CollectionAssert.AreEqual(new long[] { 2, 3 }, size.ToList());
    }

    [TestMethod]
    public void Indices_of_every_kind()
    {
        var x = arange(24).reshape(2, 3, 4);
        long[] Read(Tensor read) => [.. read.contiguous().data<long>()];
        CollectionAssert.AreEqual(new long[] { 20 }, Read(x[1, 2, 0]));
        CollectionAssert.AreEqual(new long[] { 20 }, Read(x[new long[] { 1, 2, 0 }]));
        CollectionAssert.AreEqual(new long[] { 3, 7, 11 }, Read(x.index(TensorIndex.Single(0), TensorIndex.Slice(), TensorIndex.Single(-1))));
        CollectionAssert.AreEqual(new long[] { 4, 8 }, Read(x[TensorIndex.Single(0), TensorIndex.Slice((1, null)), 0]));
        CollectionAssert.AreEqual(new long[] { 4, 8 }, Read(x[0, TensorIndex.Slice(1..), 0]));
        CollectionAssert.AreEqual(new long[] { 4, 8 }, Read(x[0, 1.., 0]));
        CollectionAssert.AreEqual(new long[] { 4, 8 }, Read(x[0, (1, 3), 0]));
        CollectionAssert.AreEqual(new long[] { 11 }, Read(x[0, ^1, ^1]));
        CollectionAssert.AreEqual(new long[] { 0, 4, 8 }, Read(x[0, TensorIndex.Tensor(tensor(new long[] { 0, 1, 2 })), 0]));
        CollectionAssert.AreEqual(new long[] { 1, 2, 3, 4 }, x[TensorIndex.Bool(true)].shape);
        CollectionAssert.AreEqual(new long[] { 0, 20 }, Read(x.index(tensor(new long[] { 0, 1 }), tensor(new long[] { 0, 2 }), tensor(new long[] { 0, 0 }))));
        x[1, 2, 3] = tensor(-1L);
        x[new long[] { 0, 0, 0 }] = tensor(-2L);
        Assert.AreEqual(-3, x.clamp_max(0).sum().item<long>());
        x.index_put_(tensor(5L), TensorIndex.Single(0), TensorIndex.Single(0));
        x.index_put_((Scalar)6, TensorIndex.Single(0), TensorIndex.Single(1));
        CollectionAssert.AreEqual(new long[] { 5, 5, 5, 5, 6, 6, 6, 6 }, Read(x[0, ..2]));
        x.index_put_(tensor(7L), tensor(new long[] { 1 }), tensor(new long[] { 0 }));
        x.index_put_((Scalar)8, tensor(new long[] { 1 }), tensor(new long[] { 1 }));
        CollectionAssert.AreEqual(new long[] { 7, 7, 7, 7, 8, 8, 8, 8 }, Read(x[1, ..2]));
    }

    [TestMethod]
    public void Moves_between_types_and_devices()
    {
        var x = ones(2);
        Assert.AreEqual(ScalarType.Int32, x.to(ScalarType.Int32, CPU).dtype);
        Assert.AreEqual(ScalarType.Int32, x.to_type(ScalarType.Int32).dtype);
        Assert.AreEqual(ScalarType.Int32, x.type(ScalarType.Int32).dtype);
        Assert.AreEqual(ScalarType.Float64, x.type(t => t.@double()).dtype);
        foreach (var same in new[] { x.to(CPU), x.to("cpu"), x.to(DeviceType.CPU) })
        {
            same.add_(1);
        }
        Assert.AreEqual(4f, x[0].item<float>(), "no copy where nothing changes");
        Assert.AreNotEqual(5f, x.to(CPU, copy: true).add_(1) is null ? 0 : x[0].item<float>());
        var given = ones(1);
        given.to(ScalarType.Float64, CPU, disposeAfter: true).Dispose();
        Assert.IsTrue(given.IsInvalid);
        Assert.ThrowsExactly<ArgumentException>(() => x.cuda(CPU));
    }

    [TestMethod]
    public void Devices_of_every_form()
    {
        Assert.AreEqual("cuda:1", new Device("cuda:1").ToString());
        Assert.AreEqual("cuda:2", new Device("cuda", 2).ToString());
        Assert.AreEqual("cuda:3", new Device(3).ToString());
        Assert.AreEqual("cuda:4", device(4).ToString());
        Assert.AreEqual("cpu", device("cpu").ToString());
        Assert.AreEqual("cpu", device("cpu", 0).ToString());
        Assert.AreEqual("cpu", device(DeviceType.CPU).ToString());
        Assert.AreEqual("cuda:6", new Device(DeviceType.CUDA, 6).ToString());
        Assert.AreEqual("cpu", get_default_device().ToString());
        Device implied = "cuda:5";
        Assert.AreEqual(5, implied.index);
        Assert.AreEqual(DeviceType.CPU, InitializeDevice(null!).type);
        Assert.IsTrue(TryInitializeDeviceType(DeviceType.CPU));
        Assert.IsFalse(TryInitializeDeviceType(DeviceType.MPS));
        Assert.ThrowsExactly<InvalidOperationException>(() => InitializeDeviceType(DeviceType.MPS));
        Assert.AreEqual(cuda.is_available(), cuda.device_count() > 0);
        if (cuda.is_available())
        {
            Assert.AreEqual(DeviceType.CUDA, CUDA.type);
        }
        else
        {
            Assert.ThrowsExactly<InvalidOperationException>(() => CUDA);
        }
        Assert.AreEqual(ScalarType.Float32, get_default_dtype());
        Assert.MatchesRegex(new System.Text.RegularExpressions.Regex(@"^\d+\.\d+"), __version__);
        set_grad_enabled(false).Dispose();
        Assert.IsTrue(is_grad_enabled());
        using (set_grad_enabled(false))
        {
            Assert.IsFalse(is_grad_enabled());
        }
    }

    [TestMethod]
    public void Generators_give_their_state_back()
    {
        using var scope = NewDisposeScope();
        Assert.AreEqual(DeviceType.CPU, random.manual_seed(5).device.type);
        var state = random.get_rng_state();
        var first = rand(3);
        random.set_rng_state(state);
        Assert.IsTrue(first.Equals(rand(3)));
        using var own = new Generator(7);
        Assert.AreNotEqual(0, own.Handle);
        var before = own.get_state();
        var drawn = rand(3, generator: own);
        own.set_state(before);
        Assert.IsTrue(drawn.Equals(rand(3, generator: own)));
        Assert.IsTrue(multinomial(tensor(new[] { 0f, 1f }), 4, replacement: true).eq(1).all().ToBoolean());
        Assert.AreEqual(3f, bernoulli(ones(3)).sum().item<float>());
        Assert.AreEqual(2f, zeros(2).bernoulli_(ones(2)).sum().item<float>());
        Assert.AreEqual(0, Generator.Default.device.index + 1);
    }
}
