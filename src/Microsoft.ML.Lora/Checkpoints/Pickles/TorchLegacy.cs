using System.Numerics;

namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>
/// The form of torch's files before 1.6, still written on request: five pickles (a magic number, the protocol, facts about the writer, the
/// value, the keys of the storages), then for each key a count of 8 bytes and the data. Every pickle is read by the same reader.
/// </summary>
internal static class TorchLegacy
{
    private const long Protocol = 1001;

    private static readonly BigInteger s_magic = new([0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]);

    /// <summary>Reads the value and finds where its storages lie.</summary>
    public static object? Read(ByteSource source, out long position)
    {
        var stream = new PickleStream(source, 0, source.Length);
        object? first = PickleReader.Read(stream);
        if (first is not BigInteger magic || magic != s_magic)
            throw stream.Error("this is a pickle, but not a file that torch.save wrote: its magic number is missing", PickleCall.Describe(first), $"{s_magic}");
        object? protocol = PickleReader.Read(stream);
        if (protocol is not Protocol)
            throw stream.Error("the protocol of torch's old file form is not supported", PickleCall.Describe(protocol), $"{Protocol}");
        object? writer = PickleReader.Read(stream);
        object? isLittleEndian = null;
        if (writer is not PickleDictionary facts || !facts.TryGet("little_endian", out isLittleEndian) || isLittleEndian is not true)
        {
            throw stream.Error("the facts about the writer are missing, or it was not a little-endian machine",
                isLittleEndian is null ? PickleCall.Describe(writer) : $"little_endian: {PickleCall.Describe(isLittleEndian)}", "a dictionary with little_endian: True");
        }

        var storages = new TorchStorages(source.Name, parts: 6);
        position = stream.Position;
        object? value = PickleReader.Read(stream, id => storages.Load(id, stream));
        object? listed = PickleReader.Read(stream);
        if (listed is not PickleList keys)
            throw stream.Error("the list of storages is missing", PickleCall.Describe(listed), "a list");
        foreach (object? key in keys.Items)
            Place(key, storages, stream);
        if (storages.ByKey.Values.FirstOrDefault(s => s.Position < 0) is { } missing)
            throw stream.Error($"the storage '{missing.Key}' is not in the list of storages", PickleCall.Describe(keys), $"{storages.ByKey.Count} storages");
        if (stream.Left != 0)
            throw stream.Error("something follows the last storage", $"{stream.Left} bytes", "none");
        return value;
    }

    private static void Place(object? key, TorchStorages storages, PickleStream stream)
    {
        if (key is not string text || !storages.ByKey.TryGetValue(text, out TorchStorage? storage))
            throw stream.Error("the list of storages names one that the value does not use", PickleCall.Describe(key), $"one of the {storages.ByKey.Count} that it uses");
        if (storage.Position >= 0)
            throw stream.Error($"the storage '{text}' is in the list twice", "a second time", "once");
        long count = stream.ReadInt64();
        if (count != storage.Count || storage.Length > stream.Left)
            throw stream.Error($"the storage '{text}' has another size than the value says, or is truncated", $"{count} elements, {stream.Left} bytes left", $"{storage.Count} elements, {storage.Length} bytes");
        storage.Position = stream.Position;
        stream.Skip(storage.Length);
    }
}
