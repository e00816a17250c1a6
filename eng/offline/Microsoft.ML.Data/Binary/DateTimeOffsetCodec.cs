namespace Microsoft.ML.Data;

/// <summary>Points in time with a zone: all offsets in minutes (int16), then all ticks of the local times.</summary>
internal sealed class DateTimeOffsetCodec() : BinaryCodec<DateTimeOffset>("DateTimeOffset", DateTimeOffsetDataViewType.Instance)
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<DateTimeOffset> values)
    {
        foreach (var value in values)
            writer.Write((short)value.Offset.TotalMinutes);
        foreach (var value in values)
            writer.Write(value.DateTime.Ticks);
    }

    public override DateTimeOffset[] Read(BinaryReader reader, int count)
    {
        var offsets = new short[count];
        for (int i = 0; i < count; i++)
            offsets[i] = reader.ReadInt16();
        var values = new DateTimeOffset[count];
        for (int i = 0; i < count; i++)
        {
            var zone = TimeSpan.FromMinutes(offsets[i] == short.MinValue ? 0 : offsets[i]);
            values[i] = new DateTimeOffset(DateTimeCodec.FromTicks(reader.ReadInt64()), zone);
        }
        return values;
    }
}
