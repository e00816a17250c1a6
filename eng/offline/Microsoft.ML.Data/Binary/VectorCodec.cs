using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Vectors. Parameters: the codec of the items; int rank; int[rank] dimensions. Block: int number of vectors; int length
/// of all of them, or 0; their lengths, if that was 0; for each the number of explicit values, -1 for a dense one;
/// int number of indices; the indices; the values as the codec of the items writes them.
/// </summary>
internal sealed class VectorCodec<T>(VectorDataViewType type, BinaryCodec<T> items) : BinaryCodec<VBuffer<T>>(CodecFactory.VectorName, type)
{
    public override void WriteParameters(BinaryWriter writer)
    {
        CodecFactory.WriteCodec(writer, items);
        writer.Write(type.Dimensions.Length);
        foreach (int dimension in type.Dimensions)
            writer.Write(dimension);
    }

    public override void Copy(in VBuffer<T> source, ref VBuffer<T> destination) => source.CopyTo(ref destination);

    public override void Write(BinaryWriter writer, ReadOnlySpan<VBuffer<T>> values)
    {
        var vectors = values.ToArray();
        foreach (var vector in vectors)
        {
            if (type.Size > 0 && vector.Length != type.Size)
                throw Contracts.Except("Length mismatch: expected {0} slots but got {1}", type.Size, vector.Length);
        }
        writer.Write(vectors.Length);
        int length = type.Size > 0 ? type.Size : CommonLength(vectors);
        writer.Write(length);
        if (length == 0)
            WriteAll(writer, vectors.Select(vector => vector.Length));
        WriteAll(writer, vectors.Select(vector => vector.IsDense ? -1 : vector.GetIndices().Length));
        int[] indices = vectors.SelectMany(vector => vector.GetIndices().ToArray()).ToArray();
        writer.Write(indices.Length);
        WriteAll(writer, indices);
        items.Write(writer, vectors.SelectMany(vector => vector.GetValues().ToArray()).ToArray());
    }

    public override VBuffer<T>[] Read(BinaryReader reader, int count)
    {
        Contracts.CheckDecode(reader.ReadInt32() == count);
        int length = reader.ReadInt32();
        Contracts.CheckDecode(type.IsKnownSize ? length == type.Size : length >= 0);
        int[] lengths = length > 0 ? null : ReadInts(reader, count);
        int[] counts = ReadInts(reader, count);
        int indexCount = reader.ReadInt32();
        Contracts.CheckDecode(indexCount >= 0);
        int[] indices = ReadInts(reader, indexCount);
        int total = 0;
        for (int i = 0; i < count; i++)
        {
            int size = lengths?[i] ?? length;
            Contracts.CheckDecode(size >= 0 && counts[i] >= -1 && counts[i] < Math.Max(size, 1));
            total = checked(total + (counts[i] < 0 ? size : counts[i]));
        }
        var values = items.Read(reader, total);
        var vectors = new VBuffer<T>[count];
        int valueAt = 0, indexAt = 0;
        for (int i = 0; i < count; i++)
        {
            int size = lengths?[i] ?? length;
            bool dense = counts[i] < 0;
            int held = dense ? size : counts[i];
            int[] own = dense ? null : Slice(indices, ref indexAt, held, size);
            vectors[i] = new VBuffer<T>(size, held, values.AsSpan(valueAt, held).ToArray(), own);
            valueAt += held;
        }
        return vectors;
    }

    private static int CommonLength(VBuffer<T>[] vectors)
    {
        int first = vectors.Length == 0 ? 0 : vectors[0].Length;
        return vectors.All(vector => vector.Length == first) ? first : 0;
    }

    private static int[] Slice(int[] indices, ref int at, int count, int size)
    {
        Contracts.CheckDecode(at + count <= indices.Length);
        int[] own = indices.AsSpan(at, count).ToArray();
        at += count;
        for (int i = 0; i < count; i++)
            Contracts.CheckDecode(own[i] > (i == 0 ? -1 : own[i - 1]) && own[i] < size);
        return own;
    }

    private static void WriteAll(BinaryWriter writer, IEnumerable<int> numbers)
    {
        foreach (int number in numbers)
            writer.Write(number);
    }

    private static int[] ReadInts(BinaryReader reader, int count) => new FixedSizeCodec<int>(NumberDataViewType.Int32).Read(reader, count);
}
