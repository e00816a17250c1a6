using Microsoft.ML.Data;

namespace Microsoft.ML.Lora.Data;

/// <summary>Reads a label of any key type as a 0-based class.</summary>
internal static class KeyReader
{
    /// <summary>What stands for a missing label.</summary>
    public const int Missing = -1;

    /// <summary>Makes a function that gives the current row's class, or <see cref="Missing"/>.</summary>
    public static Func<int> Create(DataViewRow row, DataViewSchema.Column column)
    {
        Type raw = column.Type.RawType;
        ulong count = ((KeyDataViewType)column.Type).Count;
        if (raw == typeof(byte))
            return Reader<byte>(row, column, key => key, count);
        if (raw == typeof(ushort))
            return Reader<ushort>(row, column, key => key, count);
        if (raw == typeof(uint))
            return Reader<uint>(row, column, key => key, count);
        return Reader<ulong>(row, column, key => key, count);
    }

    private static Func<int> Reader<T>(DataViewRow row, DataViewSchema.Column column, Func<T, ulong> widen, ulong count)
        where T : struct
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T key = default;
            getter(ref key);
            ulong value = widen(key);

            // ML.NET: 0 is a missing key, and so is, to a reader, one above the count.
            return value == 0 || value > count ? Missing : (int)(value - 1);
        };
    }
}
