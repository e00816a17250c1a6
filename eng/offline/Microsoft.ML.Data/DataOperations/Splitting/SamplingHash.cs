using Microsoft.ML.Internal.Utilities;

namespace Microsoft.ML.Data;

/// <summary>Hashes values to keys of 30 bits (MurmurHash3 x86-32), so that rows of one value stay together.</summary>
internal static class SamplingHash
{
    public const int Bits = 30;
    private const uint Mask = (1u << Bits) - 1;

    /// <summary>The key of a value; a missing value has key 0.</summary>
    public static uint Of<T>(T value, bool isKey, uint seed)
    {
        uint hash = seed;
        if (!TryAdd(ref hash, value, isKey))
            return 0;
        return ((value is ReadOnlyMemory<char> ? hash : Hashing.MixHash(hash ^ (uint)Size(value))) & Mask) + 1;
    }

    /// <summary>One key for all values of a vector.</summary>
    public static uint OfAll<T>(in VBuffer<T> values, bool isKey, uint seed)
    {
        uint hash = seed;
        foreach (var value in values.DenseValues())
        {
            if (!TryAdd(ref hash, value, isKey))
                return 0;
        }
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
            return (hash & Mask) + 1;
        int size = typeof(T) == typeof(DataViewRowId) ? sizeof(uint) : Size(default(T));
        return (Hashing.MixHash(hash ^ (uint)(values.Length * size)) & Mask) + 1;
    }

    private static int Size<T>(T value) => value switch
    {
        double or long or ulong => sizeof(ulong),
        DataViewRowId => 2 * sizeof(ulong),
        _ => sizeof(uint),
    };

    private static bool TryAdd<T>(ref uint hash, T value, bool isKey)
    {
        switch (value)
        {
            case ReadOnlyMemory<char> text:
                hash = Hashing.MurmurHashV2(hash, text.Span.Trim(' '));
                return !text.IsEmpty;
            case float number:
                hash = Hashing.MurmurRound(hash, BitConverter.SingleToUInt32Bits(number == 0 ? 0 : number));
                return !float.IsNaN(number);
            case double number:
                hash = AddLong(hash, BitConverter.DoubleToUInt64Bits(number == 0 ? 0 : number));
                return !double.IsNaN(number);
            case long number:
                hash = AddLong(hash, (ulong)number);
                return true;
            case ulong number:
                hash = AddLong(hash, number);
                return !isKey || number != 0;
            case DataViewRowId id:
                // As in the original, only the lowest 32 bits count.
                hash = Hashing.MurmurRound(hash, (uint)id.Low);
                return true;
            default:
                uint small = unchecked((uint)Convert.ToInt64(value));
                hash = Hashing.MurmurRound(hash, small);
                return !isKey || small != 0;
        }
    }

    private static uint AddLong(uint hash, ulong value) => Hashing.MurmurRound(Hashing.MurmurRound(hash, (uint)value), (uint)(value >> 32));
}
