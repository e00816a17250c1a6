using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(
        Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        dtype ??= start.IsInteger && stop.IsInteger && step.IsInteger ? ScalarType.Int64 : get_default_dtype();
        return Ops.arange_start_step.Call(start, stop, step, dtype, Arg.None, InitializeDevice(device)).requires_grad_(requires_grad);
    }

    public static Tensor eye(
        long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        RefuseNames(names);
        return Ops.eye_m.Call(rows, columns == -1 ? rows : columns, dtype ?? get_default_dtype(), Arg.None, InitializeDevice(device))
            .requires_grad_(requires_grad);
    }

    public static Tensor linspace(
        double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Ops.linspace.Call(start, end, steps, dtype ?? get_default_dtype(), Arg.None, InitializeDevice(device)).requires_grad_(requires_grad);

    public static Tensor empty_strided(
        long[] size, long[] strides, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        RefuseNames(names);
        return Ops.empty_strided.Call(size, strides, dtype ?? get_default_dtype(), Arg.None, InitializeDevice(device))
            .requires_grad_(requires_grad);
    }

    public static Tensor empty_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        input.empty_like(dtype, device, requires_grad);

    public static Tensor zeros_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        input.zeros_like(dtype, device, requires_grad);

    public static Tensor ones_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        input.ones_like(dtype, device, requires_grad);

    public static Tensor full_like(
        Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        input.full_like(value, dtype, device, requires_grad);

    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        input.rand_like(dtype, device, requires_grad);

    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        input.randn_like(dtype, device, requires_grad);

    public static Tensor randint(
        long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null)
    {
        RefuseNames(names);
        return Ops.randint_low_generator
            .Call(low, high, size, generator, dtype ?? ScalarType.Int64, Arg.None, InitializeDevice(device)).requires_grad_(requires_grad);
    }

    public static Tensor randint(
        long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randperm(
        long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Ops.randperm_generator.Call(n, generator, dtype ?? ScalarType.Int64, Arg.None, InitializeDevice(device)).requires_grad_(requires_grad);

    /// <summary>A tensor over a file. Without <paramref name="shared"/> writes stay private to this process.</summary>
    public static Tensor from_file(
        string filename, bool? shared = null, long? size = 0, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Ops.from_file.Call(filename, shared, size, dtype ?? get_default_dtype(), Arg.None, InitializeDevice(device))
            .requires_grad_(requires_grad);

    public static Tensor from_array(Array rawArray, Device? device = null) =>
        from_array(rawArray, ToScalarType(rawArray.GetType().GetElementType()!), device ?? CPU);

    /// <summary>A tensor that shares the array's memory where dtype and device allow.</summary>
    public static Tensor from_array(
        Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        var shape = new long[rawArray.Rank];
        for (var k = 0; k < shape.Length; k++)
        {
            shape[k] = rawArray.GetLongLength(k);
        }
        RefuseNames(names);
        return Convert(Share(rawArray, shape, ToScalarType(rawArray.GetType().GetElementType()!)), dtype, device, requires_grad);
    }

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => from_array(data, dtype, device, false);

    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null)
    {
        var toType = dtype is not null && data.dtype != dtype;
        if (device is not null)
        {
            return data.to(dtype ?? data.dtype, device).requires_grad_(data.requires_grad);
        }
        return toType ? data.to(dtype!.Value).requires_grad_(data.requires_grad) : data.alias();
    }

    /// <summary>A tensor over part of an array; offset and count are in elements.</summary>
    public static Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        var length = rawArray.LongLength;
        if (offset < 0 || offset >= length)
        {
            throw new ArgumentException($"invalid value for 'offset': {offset}");
        }
        count = count < 0 ? length - offset : count;
        if (count > length - offset)
        {
            throw new IndexOutOfRangeException($"element count is too large: {count}");
        }
        using var whole = Share(rawArray, [length], ToScalarType(rawArray.GetType().GetElementType()!));
        var part = whole.narrow(0, offset, count).requires_grad_(requires_grad);
        return part.dtype == dtype ? part : part.to_type(dtype, disposeAfter: true);
    }

    private static Tensor NewEmpty(long[] size, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        RefuseNames(names);
        return Ops.empty_memory_format.Call(size, dtype ?? get_default_dtype(), Arg.None, InitializeDevice(device))
            .requires_grad_(requires_grad);
    }

    private static Tensor NewZeros(long[] size, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        RefuseNames(names);
        return Ops.zeros.Call(size, dtype ?? get_default_dtype(), Arg.None, InitializeDevice(device)).requires_grad_(requires_grad);
    }

    private static Tensor NewOnes(long[] size, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        RefuseNames(names);
        return Ops.ones.Call(size, dtype ?? get_default_dtype(), Arg.None, InitializeDevice(device)).requires_grad_(requires_grad);
    }

    private static Tensor NewFull(long[] size, Scalar value, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        RefuseNames(names);
        dtype ??= value.IsInteger ? ScalarType.Int64 : get_default_dtype();
        return Ops.full.Call(size, value, dtype, Arg.None, InitializeDevice(device)).requires_grad_(requires_grad);
    }

    private static Tensor NewRand(
        long[] size, ScalarType? dtype, Device? device, bool requires_grad, Generator? generator, string[]? names)
    {
        RefuseNames(names);
        return Ops.rand_generator.Call(size, generator, dtype ?? get_default_dtype(), Arg.None, InitializeDevice(device))
            .requires_grad_(requires_grad);
    }

    private static Tensor NewRandn(
        long[] size, ScalarType? dtype, Device? device, bool requires_grad, Generator? generator, string[]? names)
    {
        RefuseNames(names);
        return Ops.randn_generator.Call(size, generator, dtype ?? get_default_dtype(), Arg.None, InitializeDevice(device))
            .requires_grad_(requires_grad);
    }

    private static Tensor FromScalar<T>(T value, ScalarType own, ScalarType? dtype, Device? device, bool requires_grad) where T : unmanaged =>
        FromArray(new[] { value }, [], own, dtype, device, requires_grad, null);

    /// <summary>A tensor with its own copy of the array.</summary>
    private static unsafe Tensor FromArray(
        Array source, ReadOnlySpan<long> shape, ScalarType own, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        RefuseNames(names);
        long count = 1;
        foreach (var extent in shape)
        {
            count *= extent;
        }
        if (count > source.LongLength)
        {
            throw new ArgumentException($"mismatched total size creating a tensor from an array: {count} vs. {source.LongLength}");
        }
        var result = Ops.empty_memory_format.Call(shape.ToArray(), own, Arg.None, CPU);
        if (count > 0)
        {
            var bytes = count * result.ElementSize;
            fixed (void* data = &MemoryMarshal.GetArrayDataReference(source))
            {
                Buffer.MemoryCopy(data, result.DataPointer(), bytes, bytes);
            }
        }
        return Convert(result, dtype, device, requires_grad);
    }

    private static Tensor Convert(Tensor source, ScalarType? dtype, Device? device, bool requires_grad)
    {
        device = InitializeDevice(device);
        var same = (dtype is null || dtype == source.dtype) && device.type == DeviceType.CPU;
        var result = same ? source : source.to(dtype ?? source.dtype, device, disposeAfter: true);
        return result.requires_grad_(requires_grad);
    }

    private static unsafe Tensor Share(Array source, long[] shape, ScalarType dtype)
    {
        var pin = GCHandle.Alloc(source, GCHandleType.Pinned);
        fixed (long* sizes = shape)
        {
            NativeLoader.Load(DeviceType.CPU);
            var handle = Shim.ts_tensor_from_blob(
                pin.AddrOfPinnedObject(), sizes, shape.Length, (int)dtype, &FreePin, GCHandle.ToIntPtr(pin));
            if (handle == 0)
            {
                pin.Free();
                Shim.ThrowLast();
            }
            return new Tensor(handle);
        }
    }

    [UnmanagedCallersOnly]
    private static void FreePin(nint pin) => GCHandle.FromIntPtr(pin).Free();

    private static void RefuseNames(string[]? names)
    {
        if (names is { Length: > 0 })
        {
            throw new NotSupportedException("Named dimensions are not part of this subset of TorchSharp.");
        }
    }
}
