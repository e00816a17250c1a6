using System.IO.Compression;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Checkpoints.Pickles;
using Microsoft.ML.Lora.Tests.Checkpoints.Pickles;

namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>torch's files, zip and legacy: what still opens is read whole.</summary>
/// <param name="files">Real files.</param>
internal sealed class PickleFuzz(IReadOnlyList<FuzzFile> files) : FuzzFormat
{
    private readonly TensorFileUser _user = new(".bin");

    public override string Name => "pickle";

    public override IReadOnlyList<FuzzFile> Files => files;

    /// <summary>The pickle of the value, opcode by opcode; the records around it; the bytes of all.</summary>
    public override byte[] Mutate(FuzzFile file, Random random)
    {
        if (random.Next(8) == 0)
            return ByteMutator.Flip(file.Content, random);
        return file.Content.AsSpan().StartsWith("PK"u8) ? MutateZip(file.Content, random) : MutateLegacy(file.Content, random);
    }

    /// <summary>The buffers of a pickle's parts; a list or tuple of each byte.</summary>
    public override long MostBytes(long length) => (8L << 20) + (200 * length);

    public override string? Objection(FuzzFile file, Exception exception) =>
        base.Objection(file, exception) ?? (Refusals.Lack((LoraFormatException)exception, file.Name) is { } lack ? $"a message that {lack}" : null);

    public override void Read(FuzzFile file, byte[] input, FuzzProgress progress)
    {
        progress.IsPastHeader = IsContainer(file.Name, input);
        _user.Use(file.Name, input, progress);
    }

    /// <inheritdoc/>
    public override void Dispose() => _user.Dispose();

    private static bool IsContainer(string name, byte[] input)
    {
        try
        {
            using ByteSource source = ByteSource.FromMemory(input, name);
            if (input.AsSpan().StartsWith("PK"u8))
                return ZipDirectory.Read(source).Records.ContainsKey("data.pkl");
            var stream = new PickleStream(source, 0, source.Length);
            return PickleReader.Read(stream) is System.Numerics.BigInteger && PickleReader.Read(stream) is long && PickleReader.Read(stream) is PickleDictionary;
        }
        catch (LoraFormatException)
        {
            return false;
        }
    }

    private static byte[] MutateZip(byte[] content, Random random)
    {
        var records = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using (var archive = new ZipArchive(new MemoryStream(content)))
        {
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                using Stream stream = entry.Open();
                using var copy = new MemoryStream();
                stream.CopyTo(copy);
                records[entry.FullName] = copy.ToArray();
            }
        }

        string pickle = records.Keys.First(name => name.EndsWith("/data.pkl", StringComparison.Ordinal));
        string[] names = [.. records.Keys];
        string other = names[random.Next(names.Length)];
        if (random.Next(4) != 0)
            records[pickle] = PickleMutator.Mutate(records[pickle], random);
        switch (random.Next(16))
        {
            case 0:
                records[other] = ByteMutator.Flip(records[other], random);
                break;
            case 1:
                records.Remove(other);
                break;
            case 2:
                records[$"{other}{random.Next(10)}"] = records[other];
                break;
            case 3:
                records[pickle.Replace("data.pkl", "byteorder", StringComparison.Ordinal)] = random.Next(2) == 0 ? "big"u8.ToArray() : "bih"u8.ToArray();
                break;
        }

        return TorchWriter.Archive(records);
    }

    /// <summary>Cuts the file into its five pickles and the storages.</summary>
    private static byte[] MutateLegacy(byte[] content, Random random)
    {
        List<int> ends = [];
        using ByteSource source = ByteSource.FromMemory(content, "seed");
        var stream = new PickleStream(source, 0, content.Length);
        var storages = new TorchStorages("seed", parts: 6);
        while (ends.Count < 5)
        {
            PickleReader.Read(stream, id => storages.Load(id, stream));
            ends.Add((int)stream.Position);
        }

        int which = random.Next(4) == 0 ? random.Next(5) : 3;
        byte[] pickle = content[(which == 0 ? 0 : ends[which - 1])..ends[which]], rest = content[ends[which]..];
        if (random.Next(6) == 0)
            rest = ByteMutator.Flip(rest, random);
        return [.. content[..(ends[which] - pickle.Length)], .. PickleMutator.Mutate(pickle, random), .. rest];
    }
}
