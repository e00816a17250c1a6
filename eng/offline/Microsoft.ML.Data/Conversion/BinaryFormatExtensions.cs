using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data.Conversion;

/// <summary>Values in the form in which models store them.</summary>
internal static class BinaryFormatExtensions
{
    public static void WriteBoolByte(this BinaryWriter writer, bool value) => writer.Write((byte)(value ? 1 : 0));

    public static bool ReadBoolByte(this BinaryReader reader) => reader.ReadByte() switch
    {
        0 => false,
        1 => true,
        _ => throw Contracts.ExceptDecode(),
    };

    // int: number of characters
    // short[]: UTF-16 code units
    public static void WriteCharArray(this BinaryWriter writer, char[] values)
    {
        writer.Write(values.Length);
        foreach (char value in values)
            writer.Write((short)value);
    }

    public static char[] ReadCharArray(this BinaryReader reader)
    {
        int count = reader.ReadInt32();
        if (count < 0)
            throw Contracts.ExceptDecode();
        var values = new char[count];
        for (int i = 0; i < count; i++)
            values[i] = (char)reader.ReadInt16();
        return values;
    }
}
