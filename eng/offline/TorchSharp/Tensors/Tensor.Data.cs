using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The memory of a contiguous CPU tensor.</summary>
        public unsafe Span<byte> bytes
        {
            get
            {
                var size = NumberOfElements * ElementSize;
                RequireReadable(size);
                return new Span<byte>(DataPointer(), (int)size);
            }
            set
            {
                if (!is_contiguous())
                {
                    throw new InvalidOperationException("SetBytes() called on non-contiguous tensor.");
                }
                if (NumberOfElements * ElementSize != value.Length)
                {
                    throw new ArgumentException("Mismatched data sizes in SetBytes().");
                }
                value.CopyTo(new Span<byte>(DataPointer(), value.Length));
            }
        }

        public Utils.TensorAccessor<T> data<T>() where T : unmanaged
        {
            RequireType(typeof(T));
            return new Utils.TensorAccessor<T>(device_type == DeviceType.CPU ? this : cpu());
        }

        public T item<T>() where T : unmanaged =>
            NumberOfElements == 1 ? data<T>()[0] : throw new ArgumentException("Number of elements in the tensor must be 1");

        public Scalar ToScalar()
        {
            var value = Ops.item.CallValue(this);
            return value.Kind switch
            {
                ValueKind.Int => new Scalar(ScalarType.Int64, value.Bits),
                ValueKind.Bool => new Scalar(ScalarType.Bool, value.Bits),
                ValueKind.Double => new Scalar(ScalarType.Float64, value.AsDouble),
                _ => throw new NotSupportedException($"A {dtype} tensor has no scalar here."),
            };
        }

        public T ReadCpuValue<T>(long i) where T : unmanaged => Utils.TensorAccessor<T>.ReadItemAt(this, i);

        public double ReadCpuDouble(long i) => ReadCpuValue<double>(i);

        public float ReadCpuSingle(long i) => ReadCpuValue<float>(i);

        public int ReadCpuInt32(long i) => ReadCpuValue<int>(i);

        public long ReadCpuInt64(long i) => ReadCpuValue<long>(i);

        public byte ReadCpuByte(long i) => ReadCpuValue<byte>(i);

        public sbyte ReadCpuSByte(long i) => ReadCpuValue<sbyte>(i);

        public short ReadCpuInt16(long i) => ReadCpuValue<short>(i);

        public bool ReadCpuBool(long i) => ReadCpuValue<bool>(i);

        public unsafe float ReadCpuFloat16(long i) => i < NumberOfElements
            ? (float)((Half*)DataPointer())[i]
            : throw new IndexOutOfRangeException("The index is greater than the number of elements in the tensor");

        public unsafe float ReadCpuBFloat16(long i) => i < NumberOfElements
            ? BitConverter.UInt32BitsToSingle((uint)((ushort*)DataPointer())[i] << 16)
            : throw new IndexOutOfRangeException("The index is greater than the number of elements in the tensor");

        public unsafe void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            RequireReadable(0);
            var next = (byte*)DataPointer();
            for (var left = NumberOfElements * ElementSize; left > 0;)
            {
                var count = (int)Math.Min(left, Math.Max(bufferSize, 1));
                stream.Write(new ReadOnlySpan<byte>(next, count));
                next += count;
                left -= count;
            }
        }

        public unsafe void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            RequireReadable(0);
            var next = (byte*)DataPointer();
            for (var left = NumberOfElements * ElementSize; left > 0;)
            {
                var count = stream.Read(new Span<byte>(next, (int)Math.Min(left, Math.Max(bufferSize, 1))));
                if (count == 0)
                {
                    throw new EndOfStreamException();
                }
                next += count;
                left -= count;
            }
        }

        internal unsafe void* DataPointer()
        {
            var data = Shim.ts_tensor_data(Handle);
            if (data == 0 && NumberOfElements > 0)
            {
                Shim.ThrowLast();
            }
            return (void*)data;
        }

        internal void RequireType(Type type)
        {
            var own = dtype;
            if (own == ScalarType.BFloat16)
            {
                throw new ArgumentException($"No support for {own} in TorchSharp");
            }
            if (TryToScalarType(type) != own)
            {
                throw new ArgumentException($"{type.Name} is not compatible with {own}");
            }
        }

        private void RequireReadable(long size)
        {
            if (!is_contiguous())
            {
                throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
            }
            if (size > int.MaxValue)
            {
                throw new ArgumentException("Span only supports up to int.MaxValue elements.");
            }
            if (device_type != DeviceType.CPU)
            {
                throw new InvalidOperationException(
                    "Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
            }
        }
    }
}
