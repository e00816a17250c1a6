using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>
/// The records of a zip archive as torch writes it: unencrypted, all below one top folder, nothing before or behind the archive. What
/// the central directory says must be what stands before the data. Nothing is ever extracted.
/// </summary>
/// <remarks>PKWARE's APPNOTE.TXT 6.3, sections 4.3 and 4.5.3 (zip64), without encryption, comments and several disks.</remarks>
internal sealed class ZipDirectory
{
    private const uint LocalSignature = 0x04034b50, CentralSignature = 0x02014b50, DescriptorSignature = 0x08074b50;
    private const uint EndSignature = 0x06054b50, End64Signature = 0x06064b50, Locator64Signature = 0x07064b50;
    private const int MaxDirectoryBytes = 64 << 20;

    private readonly ByteSource _source;
    private readonly Dictionary<string, ZipRecord> _records = new(StringComparer.Ordinal);
    private string? _top;

    private ZipDirectory(ByteSource source) => _source = source;

    /// <summary>The records by their names below the top folder.</summary>
    public IReadOnlyDictionary<string, ZipRecord> Records => _records;

    /// <summary>Reads and checks the directory.</summary>
    /// <exception cref="LoraFormatException">It is damaged, or is not as torch writes it.</exception>
    public static ZipDirectory Read(ByteSource source)
    {
        var directory = new ZipDirectory(source);
        directory.ReadAll();
        return directory;
    }

    private void ReadAll()
    {
        const int EndLength = 22;
        Span<byte> end = stackalloc byte[EndLength];
        long endPosition = _source.Length - EndLength;
        if (endPosition < 0)
            throw Error("the zip archive is truncated", 0, $"{_source.Length} bytes", $"at least {EndLength}");
        _source.Read(endPosition, end);
        if (U32(end, 0) != EndSignature || U16(end, 20) != 0)
            throw Error("the zip archive does not end with its end record: it is truncated, or something follows it", endPosition,
                $"0x{U32(end, 0):x8} and a comment of {U16(end, 20)} bytes", $"0x{EndSignature:x8} and none");
        ulong count = U16(end, 10), size = U32(end, 12), offset = U32(end, 16);
        if (U16(end, 4) is not (0 or ushort.MaxValue) || U16(end, 6) is not (0 or ushort.MaxValue) || U16(end, 8) != count)
            throw Error("zip archives of several parts are not supported", endPosition, $"parts {U16(end, 4)} and {U16(end, 6)}, {U16(end, 8)} of {count} records", "one part");
        long directoryEnd = ReadEnd64(endPosition, ref count, ref size, ref offset) ?? endPosition;
        if (size > MaxDirectoryBytes || offset > (ulong)directoryEnd || offset + size != (ulong)directoryEnd)
            throw Error("the zip archive's directory is not where its end record says", endPosition, $"{size} bytes at {offset}", $"ending at {directoryEnd}");
        byte[] bytes = new byte[size];
        _source.Read((long)offset, bytes);
        ReadOnlySpan<byte> rest = bytes;
        for (ulong i = 0; i < count; i++)
            rest = ReadEntry(rest, (long)offset + bytes.Length - rest.Length, (long)offset);
        if (!rest.IsEmpty)
            throw Error("the zip archive's directory has other records than its end record counts", directoryEnd - rest.Length, $"{rest.Length} bytes more", $"{count} records");
    }

    /// <summary>Replaces the numbers by those of the zip64 end record, where there is one.</summary>
    /// <returns>Where the directory must end then, or null.</returns>
    private long? ReadEnd64(long endPosition, ref ulong count, ref ulong size, ref ulong offset)
    {
        const int LocatorLength = 20, End64Length = 56;
        if (endPosition < LocatorLength + End64Length)
            return null;
        Span<byte> locator = stackalloc byte[LocatorLength];
        _source.Read(endPosition - LocatorLength, locator);
        if (U32(locator, 0) != Locator64Signature)
            return null;
        long position = endPosition - LocatorLength - End64Length;
        Span<byte> end = stackalloc byte[End64Length];
        _source.Read(position, end);
        if (U64(locator, 8) != (ulong)position || U32(end, 0) != End64Signature || U64(end, 4) != End64Length - 12 || U32(end, 16) != 0 || U32(end, 20) != 0)
            throw Error("the zip64 end record is not where it should be", position, $"0x{U32(end, 0):x8}, named at {U64(locator, 8)}", $"0x{End64Signature:x8}, named at {position}");
        ulong count64 = U64(end, 32), size64 = U64(end, 40), offset64 = U64(end, 48);
        if ((count != ushort.MaxValue && count != count64) || (size != uint.MaxValue && size != size64) || (offset != uint.MaxValue && offset != offset64))
            throw Error("the two end records of the zip archive contradict each other", position, $"{count64} records, {size64} bytes at {offset64}", $"{count} records, {size} bytes at {offset}");
        (count, size, offset) = (count64, size64, offset64);
        return position;
    }

    private ReadOnlySpan<byte> ReadEntry(ReadOnlySpan<byte> bytes, long position, long directory)
    {
        const int FixedLength = 46;
        if (bytes.Length < FixedLength || U32(bytes, 0) != CentralSignature)
            throw Error("the zip archive's directory is damaged", position, bytes.Length < FixedLength ? $"{bytes.Length} bytes" : $"0x{U32(bytes, 0):x8}", $"{FixedLength} bytes that begin with 0x{CentralSignature:x8}");
        int nameLength = U16(bytes, 28), extraLength = U16(bytes, 30), commentLength = U16(bytes, 32);
        if (bytes.Length < FixedLength + nameLength + extraLength + commentLength)
            throw Error("the zip archive's directory is truncated", position, $"{bytes.Length} bytes", $"{FixedLength + nameLength + extraLength + commentLength}");
        ReadOnlySpan<byte> name = bytes.Slice(FixedLength, nameLength);
        ushort flags = U16(bytes, 8), method = U16(bytes, 10);
        uint checksum = U32(bytes, 16);
        ulong stored = U32(bytes, 20), length = U32(bytes, 24), local = U32(bytes, 42);
        ReadExtra64(bytes.Slice(FixedLength + nameLength, extraLength), position, ref length, ref stored, ref local);
        string text = Name(name, position);
        if ((flags & 0x2041) != 0)
            throw Error($"the record '{LoraFormatException.Shorten(text)}' is encrypted", position, $"flags 0x{flags:x4}", "no encryption");
        if (method == 0 && stored != length)
            throw Error($"the record '{LoraFormatException.Shorten(text)}' has two sizes", position, $"{stored} and {length}", "the same, because it is not compressed");
        long data = CheckLocal((long)Math.Min(local, (ulong)directory), name, (flags, method, checksum, stored, length), (ulong)directory);
        if (text.Length > 0 && !_records.TryAdd(text, new ZipRecord(text, data, (long)stored, method, checksum)))
            throw Error($"the record '{LoraFormatException.Shorten(text)}' is in the archive twice", position, "a second one", "one");
        return bytes[(FixedLength + nameLength + extraLength + commentLength)..];
    }

    /// <summary>The numbers that did not fit into the fixed part, in this order, each only where it did not.</summary>
    private void ReadExtra64(ReadOnlySpan<byte> extra, long position, ref ulong length, ref ulong stored, ref ulong local)
    {
        while (extra.Length >= 4)
        {
            int size = U16(extra, 2);
            if (size > extra.Length - 4)
                throw Error("the zip archive's directory is damaged", position, $"a field of {size} bytes", $"at most {extra.Length - 4}");
            ReadOnlySpan<byte> field = extra.Slice(4, size);
            if (U16(extra, 0) == 1)
            {
                Take(ref field, ref length);
                Take(ref field, ref stored);
                Take(ref field, ref local);
            }

            extra = extra[(4 + size)..];
        }

        static void Take(ref ReadOnlySpan<byte> field, ref ulong value)
        {
            if (value != uint.MaxValue || field.Length < 8)
                return;
            value = U64(field, 0);
            field = field[8..];
        }
    }

    /// <summary>The name below the top folder; empty for the top folder itself.</summary>
    private string Name(ReadOnlySpan<byte> bytes, long position)
    {
        string name = Encoding.UTF8.GetString(bytes);
        string[] parts = name.Split('/');
        bool isFolder = parts.Length > 1 && parts[^1].Length == 0;
        bool isOrdinary = parts.Length > 1 && !parts.AsSpan(0, parts.Length - (isFolder ? 1 : 0)).ContainsAny("", ".", "..") && name.All(c => c is >= ' ' and not ('\\' or ':' or '\uFFFD'));
        if (!isOrdinary)
            throw Error("a record's name is not supported", position, $"'{LoraFormatException.Shorten(name)}'", "a name below one top folder");
        if ((_top ??= parts[0]) != parts[0])
            throw Error("the zip archive has two top folders", position, $"'{LoraFormatException.Shorten(parts[0])}'", $"'{LoraFormatException.Shorten(_top)}'");
        return name[(_top.Length + 1)..];
    }

    /// <summary>Checks what stands before and behind the data of a record.</summary>
    /// <returns>Where the data begins.</returns>
    private long CheckLocal(long position, ReadOnlySpan<byte> name, (ushort Flags, ushort Method, uint Checksum, ulong Stored, ulong Length) facts, ulong directory)
    {
        const int FixedLength = 30;
        Span<byte> bytes = stackalloc byte[FixedLength];
        _source.Read(position, bytes);
        int nameLength = U16(bytes, 26);
        ulong data = (ulong)position + FixedLength + (ulong)nameLength + U16(bytes, 28);
        bool later = (facts.Flags & 8) != 0;
        bool same = U32(bytes, 0) == LocalSignature && U16(bytes, 6) == facts.Flags && U16(bytes, 8) == facts.Method && nameLength == name.Length;
        if (same)
        {
            byte[] localName = new byte[nameLength];
            _source.Read(position + FixedLength, localName);
            // A writer that does not know the sizes yet writes zeros or, for zip64, all ones.
            same = name.SequenceEqual(localName) && Fits(U32(bytes, 14), facts.Checksum) && Fits(U32(bytes, 18), facts.Stored) && Fits(U32(bytes, 22), facts.Length);
        }

        if (!same)
            throw Error("what stands before a record is not what the zip archive's directory says", position,
                $"0x{U32(bytes, 0):x8}, method {U16(bytes, 8)}, checksum 0x{U32(bytes, 14):x8}, {U32(bytes, 18)} bytes, a name of {nameLength} bytes",
                $"0x{LocalSignature:x8}, method {facts.Method}, checksum 0x{facts.Checksum:x8}, {facts.Stored} bytes, the name '{LoraFormatException.Shorten(Encoding.UTF8.GetString(name))}'");
        if (data > directory || facts.Stored > directory - data)
            throw Error("a record reaches beyond the end of the zip archive's data", position, $"{facts.Stored} bytes at {data}", $"ending at {directory} at most");
        if (later)
            CheckDescriptor((long)(data + facts.Stored), facts.Checksum, facts.Stored);
        return (long)data;

        bool Fits(uint here, ulong expected) => here == expected || (later && here is 0 or uint.MaxValue) || (here == uint.MaxValue && expected >= uint.MaxValue);
    }

    private void CheckDescriptor(long position, uint checksum, ulong stored)
    {
        Span<byte> bytes = stackalloc byte[16];
        _source.Read(position, bytes);
        if (U32(bytes, 0) != DescriptorSignature || U32(bytes, 4) != checksum || U32(bytes, 8) != (uint)stored)
            throw Error("what stands behind a record is not what the zip archive's directory says", position,
                $"0x{U32(bytes, 0):x8}, checksum 0x{U32(bytes, 4):x8}, {U32(bytes, 8)} bytes", $"0x{DescriptorSignature:x8}, checksum 0x{checksum:x8}, {stored} bytes");
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private LoraFormatException Error(string problem, long offset, string found, string expected) =>
        new(_source.Name, problem, null, offset, found, expected);
}
