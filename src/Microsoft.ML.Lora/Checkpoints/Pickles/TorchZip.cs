using System.Globalization;
using System.Text;

namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>The zip form of torch's files, written since torch 1.6: <c>data.pkl</c> beside one stored record a storage.</summary>
internal static class TorchZip
{
    /// <summary>What torch itself reads: its kMinSupportedFileFormatVersion and kMaxSupportedFileFormatVersion.</summary>
    private const int OldestVersion = 1, NewestVersion = 10;

    private const int MaxTextBytes = 64;

    /// <summary>Reads the value; storages are checked against the records they name, and stay where they are.</summary>
    public static object? Read(ByteSource source, out long position, out bool isBigEndian)
    {
        IReadOnlyDictionary<string, ZipRecord> records = ZipDirectory.Read(source).Records;
        if (records.ContainsKey("constants.pkl"))
            throw new LoraFormatException(source.Name, "this is a TorchScript archive, which holds code; save the state dictionary with torch.save instead", "constants.pkl", found: "this record", expected: "none of this name");
        if (records.Values.FirstOrDefault(r => r.Method != 0) is { } compressed)
            throw new LoraFormatException(source.Name, "the record is compressed, which torch does not do", compressed.Name, compressed.Position, $"method {compressed.Method}", "method 0, stored");
        if (!records.TryGetValue("data.pkl", out ZipRecord? pickle))
            throw Missing(source, records, "data.pkl");
        string version = Text(source, records, "version") ?? throw Missing(source, records, "version");
        if (!int.TryParse(version.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < OldestVersion or > NewestVersion)
            throw new LoraFormatException(source.Name, "the version is not supported", "version", found: $"'{version}'", expected: $"{OldestVersion} to {NewestVersion}");
        string order = Text(source, records, "byteorder") ?? "little";
        isBigEndian = order == "big";
        if (order is not ("little" or "big"))
            throw new LoraFormatException(source.Name, "unknown byte order", "byteorder", found: $"'{order}'", expected: "'little' or 'big'");

        position = pickle.Position;
        CheckSum(source, pickle.Name, pickle.Position, pickle.Length, pickle.Checksum);
        var storages = new TorchStorages(source.Name, parts: 5);
        var stream = new PickleStream(source, pickle.Position, pickle.Position + pickle.Length);
        object? value = PickleReader.Read(stream, id => storages.Load(id, stream, storage => Place(storage, records, stream)));
        if (stream.Left != 0)
            throw stream.Error("something follows the pickle in data.pkl", $"{stream.Left} bytes", "none");
        return value;
    }

    /// <summary>Goes over the bytes of a record.</summary>
    /// <exception cref="LoraFormatException">The checksum is another one.</exception>
    public static void CheckSum(ByteSource source, string name, long position, long length, uint expected)
    {
        var checksum = default(Crc32);
        byte[] buffer = new byte[(int)Math.Min(length, 1 << 20)];
        for (long done = 0; done < length; done += buffer.Length)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done));
            source.Read(position + done, part);
            checksum.Append(part);
        }

        if (checksum.Value != expected)
            throw new LoraFormatException(source.Name, "the record is damaged: its checksum is wrong", name, position, $"0x{checksum.Value:x8}", $"0x{expected:x8}");
    }

    private static void Place(TorchStorage storage, IReadOnlyDictionary<string, ZipRecord> records, PickleStream stream)
    {
        if (!records.TryGetValue($"data/{storage.Key}", out ZipRecord? record))
            throw stream.Error($"there is no record for the storage '{LoraFormatException.Shorten(storage.Key)}'", $"{records.Count} records", $"'data/{storage.Key}'");
        if (record.Length != storage.Length)
            throw stream.Error($"the storage '{storage.Key}' has another size than its record", $"{record.Length} bytes", $"{storage.Length}");
        storage.Position = record.Position;
        storage.Checksum = record.Checksum;
    }

    private static LoraFormatException Missing(ByteSource source, IReadOnlyDictionary<string, ZipRecord> records, string name) => new(
        source.Name, "the zip archive lacks this record: torch.save did not write it", name,
        found: records.Count == 0 ? "no records" : string.Join(", ", records.Keys.Order(StringComparer.Ordinal).Take(5)), expected: name);

    private static string? Text(ByteSource source, IReadOnlyDictionary<string, ZipRecord> records, string name)
    {
        if (!records.TryGetValue(name, out ZipRecord? record))
            return null;
        if (record.Length > MaxTextBytes)
            throw new LoraFormatException(source.Name, "the record is too long", name, record.Position, $"{record.Length} bytes", $"at most {MaxTextBytes}");
        CheckSum(source, name, record.Position, record.Length, record.Checksum);
        byte[] bytes = new byte[record.Length];
        source.Read(record.Position, bytes);
        return Encoding.Latin1.GetString(bytes);
    }
}
