using System.Numerics;

namespace Microsoft.ML.Data;

/// <summary>
/// 128-bit id of a row. Derived ids (<see cref="Fork"/>, <see cref="Next"/>, <see cref="Combine"/>) are rounds of
/// MurmurHash3 x64-128 on the pair, without the final mix: they need to differ, not to be well distributed.
/// </summary>
public readonly struct DataViewRowId : IComparable<DataViewRowId>, IEquatable<DataViewRowId>
{
    private const ulong C1 = 0x87c37b91114253d5;
    private const ulong C2 = 0x4cf5ad432745937f;

    public readonly ulong Low;
    public readonly ulong High;

    public DataViewRowId(ulong low, ulong high) => (Low, High) = (low, high);

    /// <summary>The round for the block (1, 0).</summary>
    public DataViewRowId Fork()
    {
        var next = Next();
        return new DataViewRowId(next.Low ^ (BitOperations.RotateLeft(C1, 31) * C2), next.High);
    }

    /// <summary>The round for the block (0, 0).</summary>
    public DataViewRowId Next() => Mix(Low, High, applySecond: 0);

    /// <summary>The round for the block (other forked).</summary>
    public DataViewRowId Combine(DataViewRowId other)
    {
        other = other.Fork();
        ulong first = BitOperations.RotateLeft(other.Low * C1, 31) * C2;
        ulong second = BitOperations.RotateLeft(other.High * C2, 33) * C1;
        return Mix(Low ^ first, High, second);
    }

    public int CompareTo(DataViewRowId other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    public bool Equals(DataViewRowId other) => Low == other.Low && High == other.High;

    public override bool Equals(object obj) => obj is DataViewRowId other && Equals(other);

    public override int GetHashCode()
        => (int)((uint)Low ^ (uint)(Low >> 32) ^ (uint)(High << 7) ^ (uint)(High >> 57) ^ (uint)(High >> 25));

    public override string ToString() => $"{High:x16}{Low:x16}";

    private static DataViewRowId Mix(ulong low, ulong high, ulong applySecond)
    {
        low = (BitOperations.RotateLeft(low, 27) + high) * 5 + 0x52dce729;
        high = (BitOperations.RotateLeft(high ^ applySecond, 31) + low) * 5 + 0x38495ab5;
        return new DataViewRowId(low, high);
    }
}
