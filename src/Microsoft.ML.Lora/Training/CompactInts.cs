using System.Buffers.Binary;

namespace Microsoft.ML.Lora.Training;

/// <summary>A growing list of numbers from 0, each in 1, 2 or 4 bytes: the fewest that the largest of them needs.</summary>
internal sealed class CompactInts
{
    private byte[] _bytes = new byte[64];
    private int _width = 1;

    public int Count { get; private set; }

    public int this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return Read(_bytes, _width, index);
        }
    }

    public void Add(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        int width = value <= byte.MaxValue ? 1 : value <= ushort.MaxValue ? 2 : 4;
        if (width > _width)
            Resize(Math.Max(Count, 16), width);
        if ((long)(Count + 1) * _width > _bytes.Length)
            Resize(checked(Count + (Count / 2) + 16), _width);
        Write(Count++, value);
    }

    /// <summary>Gives memory back that was kept for more; to be called after the last one.</summary>
    public void Trim() => Resize(Count, _width);

    private void Resize(int capacity, int width)
    {
        byte[] old = _bytes;
        int oldWidth = _width;
        _bytes = new byte[checked((long)capacity * width)];
        _width = width;
        if (width == oldWidth)
        {
            old.AsSpan(0, Count * width).CopyTo(_bytes);
            return;
        }

        for (int i = 0; i < Count; i++)
            Write(i, Read(old, oldWidth, i));
    }

    private void Write(int index, int value)
    {
        Span<byte> place = _bytes.AsSpan(index * _width, _width);
        if (_width == 1)
            place[0] = (byte)value;
        else if (_width == 2)
            BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)value);
        else
            BinaryPrimitives.WriteInt32LittleEndian(place, value);
    }

    private static int Read(byte[] bytes, int width, int index) => width switch
    {
        1 => bytes[index],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(index * 2)),
        _ => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(index * 4)),
    };
}
