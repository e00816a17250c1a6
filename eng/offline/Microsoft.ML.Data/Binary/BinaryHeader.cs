using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The first 256 bytes of a view in the binary format.</summary>
internal readonly record struct BinaryHeader(long TableOfContents, long Tail, long RowCount, int ColumnCount)
{
    public const int Size = 256;
    public const ulong TailSignature = 0x434D4C0044564200;
    private const ulong FileSignature = 0x00425644004C4D43;
    private const ulong OldestVersion = 0x0001000100010002;
    private const ulong OldestReadable = 0x0001000100010004;
    private const ulong CurrentVersion = 0x0001000100010006;

    public void Write(BinaryWriter writer)
    {
        writer.Write(FileSignature);
        writer.Write(CurrentVersion);
        writer.Write(CurrentVersion);
        writer.Write(TableOfContents);
        writer.Write(Tail);
        writer.Write(RowCount);
        writer.Write(ColumnCount);
        writer.Write(new byte[Size - 52]);
    }

    public static BinaryHeader Read(IExceptionContext context, BinaryReader reader)
    {
        byte[] bytes = reader.ReadBytes(Size);
        if (bytes.Length != Size)
            throw context.ExceptDecode("Read only {0} bytes in file, expected header size of {1}", bytes.Length, Size);
        using var fields = new BinaryReader(new MemoryStream(bytes));
        context.CheckDecode(fields.ReadUInt64() == FileSignature, "This does not appear to be a binary dataview file");
        CheckVersions(context, fields.ReadUInt64(), fields.ReadUInt64());
        var header = new BinaryHeader(fields.ReadInt64(), fields.ReadInt64(), fields.ReadInt64(), fields.ReadInt32());
        context.CheckDecode(header.RowCount >= 0, "Row count cannot be negative");
        context.CheckDecode(header.ColumnCount >= 0, "Column count cannot be negative");
        if (header.ColumnCount != 0 && header.TableOfContents < Size)
            throw context.ExceptDecode("Table of contents offset {0} less than header size, impossible", header.TableOfContents);
        if (header.Tail < Size)
            throw context.ExceptDecode("Tail offset {0} less than header size, impossible", header.Tail);
        Seek(reader, header.Tail);
        context.CheckDecode(reader.ReadUInt64() == TailSignature, "Incorrect tail signature");
        return header;
    }

    /// <summary>Goes to a place in the file, which may lie behind its end: reading there fails.</summary>
    public static void Seek(BinaryReader reader, long position) => reader.BaseStream.Position = Math.Min(position, reader.BaseStream.Length);

    private static void CheckVersions(IExceptionContext context, ulong version, ulong compatible)
    {
        if (compatible > version)
        {
            throw context.ExceptDecode("Compatibility version {0} cannot be greater than file version {1}", Text(compatible), Text(version));
        }
        if (version < OldestVersion)
        {
            throw context.ExceptDecode("Unexpected version {0} encountered, earliest expected here was {1}",
                Text(version), Text(OldestVersion));
        }
        if (compatible < OldestReadable)
            throw context.Except("Cannot read version {0} data, earliest that can be handled is {1}", Text(compatible), Text(OldestReadable));
        if (compatible > CurrentVersion)
            throw context.Except("Cannot read version {0} data, latest that can be handled is {1}", Text(compatible), Text(CurrentVersion));
    }

    private static string Text(ulong version)
        => $"{(version >> 48) & 0xffff}.{(version >> 32) & 0xffff}.{(version >> 16) & 0xffff}.{version & 0xffff}";
}
