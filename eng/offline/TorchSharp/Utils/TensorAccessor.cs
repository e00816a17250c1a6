using System.Collections;

namespace TorchSharp.Utils;

/// <summary>Typed access to the elements of a CPU tensor, in row-major order whatever the strides are.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private torch.Tensor? _tensor; // keeps the memory alive
    private T* _data;

    internal TensorAccessor(torch.Tensor tensor)
    {
        RequireReadable(tensor);
        _data = (T*)tensor.DataPointer();
        _tensor = tensor;
    }

    public long Count => _tensor is null ? 0 : _tensor.numel();

    public bool IsReadOnly => false;

    public T this[params long[] indices]
    {
        get => _data[Offset(indices)];
        set => _data[Offset(indices)] = value;
    }

    public T[] ToArray()
    {
        var result = new T[Count];
        if (result.Length > 0)
        {
            CopyTo(result);
        }
        return result;
    }

    public Array ToNDArray()
    {
        var tensor = Tensor;
        if (tensor.ndim == 0)
        {
            return ToArray();
        }
        var array = Array.CreateInstance(typeof(T), tensor.shape);
        var flat = ToArray();
        fixed (void* target = &System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(array))
        {
            flat.AsSpan().CopyTo(new Span<T>(target, flat.Length));
        }
        return array;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var next = Walk(tensorIndex);
        for (var k = arrayIndex; k < array.Length && next.Advance(); k++)
        {
            array[k] = _data[next.Offset];
        }
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
        CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var next = Walk(tensorIndex);
        for (var k = arrayIndex; k < array.Length && next.Advance(); k++)
        {
            _data[next.Offset] = array[k];
        }
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        _data = null;
        _tensor = null;
    }

    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right) =>
        left.Count == right.Count && left.ToArray().SequenceEqual(right.ToArray());

    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !(left == right);

    public override bool Equals(object? obj) => obj is TensorAccessor<T> other && this == other;

    public override int GetHashCode() => base.GetHashCode();

    internal static T ReadItemAt(torch.Tensor tensor, long index)
    {
        RequireReadable(tensor);
        tensor.RequireType(typeof(T));
        return ((T*)tensor.DataPointer())[OffsetOf(index, tensor)];
    }

    private torch.Tensor Tensor => _tensor ?? throw new ObjectDisposedException(nameof(TensorAccessor<T>));

    private static void RequireReadable(torch.Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU)
        {
            throw new InvalidOperationException(
                "Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        }
    }

    private long Offset(long[] indices)
    {
        var tensor = Tensor;
        if (indices.Length == 1)
        {
            return indices[0] < Count ? OffsetOf(indices[0], tensor) : throw new IndexOutOfRangeException();
        }
        var shape = tensor.shape;
        var strides = tensor.stride();
        long offset = 0;
        for (var k = shape.Length - 1; k >= 0; k--)
        {
            if (indices[k] >= shape[k] || indices[k] < 0)
            {
                throw new IndexOutOfRangeException($"{indices[k]} >= {shape[k]} in dimension {k}.");
            }
            offset += indices[k] * strides[k];
        }
        return offset;
    }

    private static long OffsetOf(long index, torch.Tensor tensor)
    {
        if (index < 0 || index >= tensor.numel())
        {
            throw new ArgumentOutOfRangeException($"{index} in a collection of  ${tensor.numel()} elements.");
        }
        if (index == 0 || tensor.is_contiguous())
        {
            return index;
        }
        var shape = tensor.shape;
        var strides = tensor.stride();
        long offset = 0;
        for (var k = shape.Length - 1; k >= 0; k--)
        {
            index = Math.DivRem(index, shape[k], out var place);
            offset += place * strides[k];
        }
        return offset;
    }

    private Walker Walk(long start)
    {
        var tensor = Tensor;
        return start < 0 || start >= Count
            ? throw new ArgumentOutOfRangeException(nameof(start))
            : new Walker(tensor.shape, tensor.stride(), start, Count);
    }

    /// <summary>Steps through the elements in row-major order.</summary>
    private struct Walker
    {
        private readonly long[] _shape;
        private readonly long[] _strides;
        private readonly long[] _place;
        private long _left;
        private bool _started;

        internal Walker(long[] shape, long[] strides, long start, long count)
        {
            _shape = shape;
            _strides = strides;
            _place = new long[shape.Length];
            _left = count - start;
            for (var k = shape.Length - 1; k >= 0; k--)
            {
                start = Math.DivRem(start, shape[k], out _place[k]);
                Offset += _place[k] * strides[k];
            }
        }

        internal long Offset { get; private set; }

        internal bool Advance()
        {
            if (_left == 0)
            {
                return false;
            }
            _left--;
            if (!_started)
            {
                _started = true;
                return true;
            }
            for (var k = _shape.Length - 1; k >= 0; k--)
            {
                Offset += _strides[k];
                if (++_place[k] < _shape[k])
                {
                    break;
                }
                Offset -= _place[k] * _strides[k];
                _place[k] = 0;
            }
            return true;
        }
    }
}
