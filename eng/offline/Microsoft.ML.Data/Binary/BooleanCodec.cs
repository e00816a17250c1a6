namespace Microsoft.ML.Data;

/// <summary>Truth values: bits, the first one lowest.</summary>
internal sealed class BooleanCodec() : BinaryCodec<bool>("Boolean", BooleanDataViewType.Instance)
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<bool> values)
    {
        var bits = new byte[(values.Length + 7) / 8];
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i])
                bits[i / 8] |= (byte)(1 << (i % 8));
        }
        writer.Write(bits);
    }

    public override bool[] Read(BinaryReader reader, int count)
    {
        var values = new bool[count];
        byte bits = 0;
        for (int i = 0; i < count; i++)
        {
            if (i % 8 == 0)
                bits = reader.ReadByte();
            values[i] = (bits & (1 << (i % 8))) != 0;
        }
        return values;
    }
}
