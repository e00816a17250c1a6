using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Data;

/// <summary>All types that <c>MapValueToKey</c> makes keys of.</summary>
internal static class LabelValueTypes
{
    private static readonly CultureInfo _invariant = CultureInfo.InvariantCulture;

    private static readonly ILabelValueType[] _all =
    [
        new LabelValueType<ReadOnlyMemory<char>>("text", TextDataViewType.Instance, v => v.ToString(), s => s.AsMemory()),
        new LabelValueType<bool>("bool", BooleanDataViewType.Instance, v => v ? "true" : "false", bool.Parse),
        new LabelValueType<sbyte>("int8", NumberDataViewType.SByte, v => v.ToString(_invariant), s => sbyte.Parse(s, _invariant)),
        new LabelValueType<short>("int16", NumberDataViewType.Int16, v => v.ToString(_invariant), s => short.Parse(s, _invariant)),
        new LabelValueType<int>("int32", NumberDataViewType.Int32, v => v.ToString(_invariant), s => int.Parse(s, _invariant)),
        new LabelValueType<long>("int64", NumberDataViewType.Int64, v => v.ToString(_invariant), s => long.Parse(s, _invariant)),
        new LabelValueType<byte>("uint8", NumberDataViewType.Byte, v => v.ToString(_invariant), s => byte.Parse(s, _invariant)),
        new LabelValueType<ushort>("uint16", NumberDataViewType.UInt16, v => v.ToString(_invariant), s => ushort.Parse(s, _invariant)),
        new LabelValueType<uint>("uint32", NumberDataViewType.UInt32, v => v.ToString(_invariant), s => uint.Parse(s, _invariant)),
        new LabelValueType<ulong>("uint64", NumberDataViewType.UInt64, v => v.ToString(_invariant), s => ulong.Parse(s, _invariant)),
        new LabelValueType<float>("float32", NumberDataViewType.Single, v => v.ToString("R", _invariant), s => float.Parse(s, _invariant)),
        new LabelValueType<double>("float64", NumberDataViewType.Double, v => v.ToString("R", _invariant), s => double.Parse(s, _invariant)),
        new LabelValueType<DateTime>("datetime", DateTimeDataViewType.Instance, v => v.ToString("O", _invariant),
            s => DateTime.ParseExact(s, "O", _invariant, DateTimeStyles.RoundtripKind)),
        new LabelValueType<DateTimeOffset>("datetimeoffset", DateTimeOffsetDataViewType.Instance, v => v.ToString("O", _invariant),
            s => DateTimeOffset.ParseExact(s, "O", _invariant, DateTimeStyles.RoundtripKind)),
        new LabelValueType<TimeSpan>("timespan", TimeSpanDataViewType.Instance, v => v.ToString("c", _invariant),
            s => TimeSpan.ParseExact(s, "c", _invariant)),
        new LabelValueType<DataViewRowId>("rowid", RowIdDataViewType.Instance,
            v => string.Create(_invariant, $"{v.High:x16}{v.Low:x16}"),
            s => new DataViewRowId(ulong.Parse(s.AsSpan(16), NumberStyles.HexNumber, _invariant), ulong.Parse(s.AsSpan(0, 16), NumberStyles.HexNumber, _invariant))),
    ];

    public static ILabelValueType? Of(DataViewType itemType) => Array.Find(_all, type => type.ItemType.Equals(itemType));

    public static ILabelValueType? Named(string name) => Array.Find(_all, type => type.Name == name);
}
