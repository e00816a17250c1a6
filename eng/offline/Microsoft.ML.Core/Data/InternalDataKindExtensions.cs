using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Maps data kinds to .NET types and back.</summary>
internal static class InternalDataKindExtensions
{
    private static readonly Type[] _types =
    [
        null, typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(float), typeof(double), typeof(ReadOnlyMemory<char>), typeof(bool), typeof(TimeSpan), typeof(DateTime),
        typeof(DateTimeOffset), typeof(DataViewRowId),
    ];

    public static InternalDataKind ToInternalDataKind(this DataKind kind) => (InternalDataKind)kind;

    public static DataKind ToDataKind(this InternalDataKind kind)
    {
        Contracts.Check(kind != InternalDataKind.UG);
        return (DataKind)kind;
    }

    public static Type ToType(this InternalDataKind kind) => (int)kind < _types.Length ? _types[(int)kind] : null;

    public static bool TryGetDataKind(this Type type, out InternalDataKind kind)
    {
        int index = type == typeof(string) ? (int)InternalDataKind.TX : Array.IndexOf(_types, type, 1);
        kind = index > 0 ? (InternalDataKind)index : default;
        return index > 0;
    }

    /// <summary>The two-letter name, as text files and messages show it.</summary>
    public static string GetString(this InternalDataKind kind) => Enum.IsDefined(kind) ? kind.ToString() : "";

    /// <summary>The largest value of an integer type, 0 for other types.</summary>
    public static ulong ToMaxInt(this Type type)
    {
        if (type == typeof(sbyte))
            return (ulong)sbyte.MaxValue;
        if (type == typeof(byte))
            return byte.MaxValue;
        if (type == typeof(short))
            return (ulong)short.MaxValue;
        if (type == typeof(ushort))
            return ushort.MaxValue;
        if (type == typeof(int))
            return int.MaxValue;
        if (type == typeof(uint))
            return uint.MaxValue;
        if (type == typeof(long))
            return long.MaxValue;
        return type == typeof(ulong) ? ulong.MaxValue : 0;
    }

    public static ulong ToMaxInt(this InternalDataKind kind) => kind.ToType()?.ToMaxInt() ?? 0;
}
