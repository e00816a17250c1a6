using System.Runtime.InteropServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Numbers, durations and row ids: their little-endian bytes.</summary>
internal sealed class FixedSizeCodec<T>(PrimitiveDataViewType type) : BinaryCodec<T>(typeof(T).Name, type)
    where T : unmanaged
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<T> values) => writer.Write(MemoryMarshal.AsBytes(values));

    public override T[] Read(BinaryReader reader, int count)
    {
        Contracts.CheckDecode(count >= 0);
        var stream = reader.BaseStream;
        int size = Marshal.SizeOf<T>();
        if (stream.CanSeek && (long)count * size > stream.Length - stream.Position)
            throw new EndOfStreamException();
        var values = new T[count];
        stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
