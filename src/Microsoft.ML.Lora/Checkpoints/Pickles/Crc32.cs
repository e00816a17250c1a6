using System.Buffers.Binary;

namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>The checksum of zip archives (ISO 3309, reflected polynomial 0xEDB88320), eight bytes a step.</summary>
internal struct Crc32
{
    private static readonly uint[] s_tables = MakeTables();

    private uint _inverted;

    /// <summary>The checksum of all bytes so far.</summary>
    public readonly uint Value => _inverted;

    /// <summary>Goes over more bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> tables = s_tables;
        uint state = ~_inverted;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ state, high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            state = tables[(7 << 8) + (int)(low & 255)] ^ tables[(6 << 8) + (int)((low >> 8) & 255)] ^ tables[(5 << 8) + (int)((low >> 16) & 255)]
                ^ tables[(4 << 8) + (int)(low >> 24)] ^ tables[(3 << 8) + (int)(high & 255)] ^ tables[(2 << 8) + (int)((high >> 8) & 255)]
                ^ tables[(1 << 8) + (int)((high >> 16) & 255)] ^ tables[(int)(high >> 24)];
        }

        foreach (byte next in bytes)
            state = tables[(int)((state ^ next) & 255)] ^ (state >> 8);
        _inverted = ~state;
    }

    private static uint[] MakeTables()
    {
        uint[] tables = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            tables[i] = value;
        }

        for (int i = 256; i < tables.Length; i++)
            tables[i] = (tables[i - 256] >> 8) ^ tables[tables[i - 256] & 255];
        return tables;
    }
}
