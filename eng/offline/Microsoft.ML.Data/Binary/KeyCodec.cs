namespace Microsoft.ML.Data;

/// <summary>Keys: as their numbers. Parameters: the codec of the numbers, ulong count.</summary>
internal sealed class KeyCodec<T>(KeyDataViewType type, BinaryCodec<T> numbers) : BinaryCodec<T>(CodecFactory.KeyName, type)
{
    public override void WriteParameters(BinaryWriter writer)
    {
        CodecFactory.WriteCodec(writer, numbers);
        writer.Write(type.Count);
    }

    public override void Write(BinaryWriter writer, ReadOnlySpan<T> values) => numbers.Write(writer, values);

    public override T[] Read(BinaryReader reader, int count) => numbers.Read(reader, count);
}
