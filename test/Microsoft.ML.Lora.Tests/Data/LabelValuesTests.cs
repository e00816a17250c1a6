using Microsoft.ML.Data;
using Microsoft.ML.Lora.Data;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Data;

/// <summary>Label values of every type survive the way into a saved model and back.</summary>
[TestClass]
public sealed class LabelValuesTests
{
    private static LabelValues? RoundTrip(LabelValues values) =>
        LabelValues.FromJson(LabelValues.ToJson(values, values.Count), "labels.json", out _);

    private static DataViewSchema.Column KeyColumn<T>(PrimitiveDataViewType type, T[] values)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add("KeyValues", new VectorDataViewType(type, values.Length),
            (ref VBuffer<T> destination) => destination = new VBuffer<T>(values.Length, values));
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("Label", new KeyDataViewType(typeof(uint), values.Length), annotations.ToAnnotations());
        return schema.ToSchema()["Label"];
    }

    private static void Check<T>(PrimitiveDataViewType type, params T[] values)
    {
        LabelValues read = LabelValues.FromColumn(KeyColumn(type, values))!;
        LabelValues again = RoundTrip(read)!;
        Assert.AreEqual(values.Length, again.Count);
        Assert.IsTrue(again.Type.ItemType.Equals(type));
        VBuffer<T> buffer = default;
        ((ValueGetter<VBuffer<T>>)again.Getter)(ref buffer);
        CollectionAssert.AreEqual(values.Select(v => $"{v}").ToArray(), buffer.DenseValues().Select(v => $"{v}").ToArray());
        CollectionAssert.AreEqual(Enumerable.Range(0, values.Length).ToArray(), read.PositionsOf(again));
    }

    [TestMethod]
    public void EveryTypeRoundTrips()
    {
        Check(TextDataViewType.Instance, "red".AsMemory(), "".AsMemory(), "grün \"x\"\n".AsMemory(), "\ud83d\ude00".AsMemory(), "\ud83d".AsMemory());
        Check(BooleanDataViewType.Instance, true, false);
        Check(NumberDataViewType.SByte, (sbyte)-3, (sbyte)4);
        Check(NumberDataViewType.Int16, short.MinValue, short.MaxValue);
        Check(NumberDataViewType.Int32, int.MinValue, 7, int.MaxValue);
        Check(NumberDataViewType.Int64, long.MinValue, long.MaxValue);
        Check(NumberDataViewType.Byte, (byte)0, byte.MaxValue);
        Check(NumberDataViewType.UInt16, (ushort)0, ushort.MaxValue);
        Check(NumberDataViewType.UInt32, 0u, uint.MaxValue);
        Check(NumberDataViewType.UInt64, 0ul, ulong.MaxValue);
        Check(NumberDataViewType.Single, 0.1f, -1e-30f, float.MaxValue);
        Check(NumberDataViewType.Double, 0.1, 1e300, double.Epsilon);
        Check(DateTimeDataViewType.Instance, new DateTime(2024, 2, 29, 1, 2, 3, 4, DateTimeKind.Utc), DateTime.MinValue);
        Check(DateTimeOffsetDataViewType.Instance, new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(5)), DateTimeOffset.MaxValue);
        Check(TimeSpanDataViewType.Instance, TimeSpan.FromTicks(-1), TimeSpan.MaxValue);
        Check(RowIdDataViewType.Instance, new DataViewRowId(1, 2), new DataViewRowId(ulong.MaxValue, 0));
    }

    [TestMethod]
    public void BareKeysHaveNoValues()
    {
        Assert.IsNull(LabelValues.FromJson(LabelValues.ToJson(null, 4), "labels.json", out int classes));
        Assert.AreEqual(4, classes);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("[]")]
    [DataRow("{}")]
    [DataRow("{\"class_count\":1}")]
    [DataRow("{\"class_count\":\"2\"}")]
    [DataRow("{\"class_count\":2,\"type\":\"colour\",\"values\":[\"a\",\"b\"]}")]
    [DataRow("{\"class_count\":2,\"type\":\"int32\",\"values\":[\"a\",\"b\"]}")]
    [DataRow("{\"class_count\":2,\"type\":\"int8\",\"values\":[\"1\",\"999\"]}")]
    [DataRow("{\"class_count\":2,\"type\":\"text\",\"values\":[null,\"b\"]}")]
    [DataRow("{\"class_count\":2,\"type\":\"text\",\"values\":[[99999999],\"b\"]}")]
    [DataRow("{\"class_count\":2,\"type\":\"text\"}")]
    public void DamagedFilesAreRefused(string json)
    {
        LoraFormatException error = Assert.ThrowsExactly<LoraFormatException>(
            () => LabelValues.FromJson(System.Text.Encoding.UTF8.GetBytes(json), "labels.json", out _));
        Assert.Contains("labels.json", error.Message);
    }

    [TestMethod]
    public void ClassesAreMatchedByValue()
    {
        var train = new LabelInfo(3, LabelValues.FromColumn(KeyColumn(TextDataViewType.Instance, [.. new[] { "a", "b", "c" }.Select(s => s.AsMemory())])));
        var other = new LabelInfo(3, LabelValues.FromColumn(KeyColumn(TextDataViewType.Instance, [.. new[] { "c", "d", "a" }.Select(s => s.AsMemory())])));
        CollectionAssert.AreEqual(new[] { 2, -1, 0 }, train.MapFrom(other, "Label"));
        Assert.IsNull(train.MapFrom(train, "Label"), "The same classes need no map.");

        var numbers = new LabelInfo(2, LabelValues.FromColumn(KeyColumn(NumberDataViewType.Int32, [1, 2])));
        ArgumentException wrongType = Assert.ThrowsExactly<ArgumentException>(() => train.MapFrom(numbers, "Label"));
        Assert.Contains("Int32", wrongType.Message);
        ArgumentException noValues = Assert.ThrowsExactly<ArgumentException>(() => train.MapFrom(new LabelInfo(3, null), "Label"));
        Assert.Contains("missing in the validation set", noValues.Message);
        Assert.IsNull(new LabelInfo(3, null).MapFrom(new LabelInfo(3, null), "Label"));
        Assert.ThrowsExactly<ArgumentException>(() => new LabelInfo(3, null).MapFrom(new LabelInfo(4, null), "Label"));
    }
}
