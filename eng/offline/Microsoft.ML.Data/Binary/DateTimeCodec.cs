namespace Microsoft.ML.Data;

/// <summary>Points in time: ticks. Old versions wrote the least number for a missing one.</summary>
internal sealed class DateTimeCodec() : BinaryCodec<DateTime>("DateTime", DateTimeDataViewType.Instance)
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<DateTime> values)
    {
        foreach (var value in values)
            writer.Write(value.Ticks);
    }

    public override DateTime[] Read(BinaryReader reader, int count)
    {
        var values = new DateTime[count];
        for (int i = 0; i < count; i++)
            values[i] = FromTicks(reader.ReadInt64());
        return values;
    }

    public static DateTime FromTicks(long ticks) => new(ticks == long.MinValue ? 0 : ticks);
}
