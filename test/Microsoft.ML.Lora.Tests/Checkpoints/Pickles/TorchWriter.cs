using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Tests.Checkpoints.Pickles;

/// <summary>Writes files as torch.save does, for tests.</summary>
internal static class TorchWriter
{
    /// <summary>The zip form.</summary>
    public static byte[] Zip(IReadOnlyList<SafetensorsItem> tensors)
    {
        var records = new Dictionary<string, byte[]> { ["archive/data.pkl"] = Pickle(tensors, legacy: false), ["archive/version"] = "3\n"u8.ToArray(), ["archive/byteorder"] = "little"u8.ToArray() };
        for (int i = 0; i < tensors.Count; i++)
            records.Add($"archive/data/{i}", tensors[i].Bytes.ToArray());
        return Archive(records);
    }

    /// <summary>The form before torch 1.6.</summary>
    public static byte[] Legacy(IReadOnlyList<SafetensorsItem> tensors)
    {
        using var stream = new MemoryStream();
        stream.Write([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']);
        stream.Write([0x80, 2, (byte)'M', 0xe9, 3, (byte)'.']);
        stream.Write([0x80, 2, (byte)'}', .. Text("little_endian"), 0x88, (byte)'s', (byte)'.']);
        stream.Write(Pickle(tensors, legacy: true));
        stream.Write([0x80, 2, (byte)']', (byte)'(', .. Enumerable.Range(0, tensors.Count).SelectMany(i => Text($"{i}")), (byte)'e', (byte)'.']);
        foreach (SafetensorsItem item in tensors)
        {
            stream.Write(Int64(item.Bytes.Length / item.Type.Size()));
            stream.Write(item.Bytes.Span);
        }

        return stream.ToArray();
    }

    /// <summary>A zip archive without compression; the same records are the same bytes.</summary>
    public static byte[] Archive(IReadOnlyDictionary<string, byte[]> records)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in records)
            {
                ZipArchiveEntry entry = archive.CreateEntry(name, CompressionLevel.NoCompression);
                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using Stream record = entry.Open();
                record.Write(content);
            }
        }

        return stream.ToArray();
    }

    /// <summary>The zip form around any pickle.</summary>
    public static byte[] Around(byte[] pickle, params byte[][] storages)
    {
        var records = new Dictionary<string, byte[]> { ["archive/data.pkl"] = pickle, ["archive/version"] = "3\n"u8.ToArray() };
        for (int i = 0; i < storages.Length; i++)
            records.Add($"archive/data/{i}", storages[i]);
        return Archive(records);
    }

    private static byte[] Pickle(IReadOnlyList<SafetensorsItem> tensors, bool legacy)
    {
        List<byte> bytes = [0x80, 2, (byte)'}', (byte)'('];
        for (int i = 0; i < tensors.Count; i++)
        {
            SafetensorsItem item = tensors[i];
            string type = item.Type switch
            {
                SafetensorsType.F32 => "Float", SafetensorsType.BF16 => "BFloat16", SafetensorsType.I64 => "Long", SafetensorsType.F16 => "Half",
                _ => throw new NotSupportedException($"{item.Type}"),
            };
            bytes.AddRange(Text(item.Name));
            bytes.AddRange(Global("torch._utils", "_rebuild_tensor_v2"));
            bytes.AddRange([(byte)'(', (byte)'(', .. Text("storage"), .. Global("torch", $"{type}Storage"), .. Text($"{i}"), .. Text("cpu"), .. Number(item.Bytes.Length / item.Type.Size())]);
            bytes.AddRange(legacy ? [(byte)'N', (byte)'t', (byte)'Q'] : [(byte)'t', (byte)'Q']);
            long[] strides = new long[item.Shape.Length];
            long step = 1;
            for (int d = strides.Length - 1; d >= 0; step *= item.Shape[d--])
                strides[d] = step;
            bytes.AddRange([.. Number(0), .. Tuple(item.Shape), .. Tuple(strides), 0x89, .. Global("collections", "OrderedDict"), (byte)')', (byte)'R', (byte)'t', (byte)'R']);
        }

        return [.. bytes, (byte)'u', (byte)'.'];
    }

    private static byte[] Global(string module, string name) => Encoding.UTF8.GetBytes($"c{module}\n{name}\n");

    private static byte[] Tuple(long[] numbers) => [(byte)'(', .. numbers.SelectMany(Number), (byte)'t'];

    private static byte[] Number(long number) => [0x8a, 8, .. Int64(number)];

    private static byte[] Int64(long number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes;
    }

    private static byte[] Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        return [(byte)'X', .. length, .. utf8];
    }
}
