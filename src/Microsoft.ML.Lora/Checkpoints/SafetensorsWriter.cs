using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>
/// Writes safetensors files. The same tensors and texts give the same bytes: tensors are sorted by type (widest first), then by name, and
/// the header is padded with spaces to 8 bytes, as the reference library does; texts are sorted by key.
/// </summary>
internal static class SafetensorsWriter
{
    private const int Piece = 1 << 20;

    /// <summary>Writes to a file by way of a temporary one beside it.</summary>
    public static void WriteAtomic(string path, IEnumerable<SafetensorsItem> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorsPart[] sorted = Sort(tensors.Select(Checked));
        AtomicFile.Write(path, stream => WriteSorted(stream, sorted, metadata));
    }

    /// <summary>Writes to a stream.</summary>
    public static void Write(Stream stream, IEnumerable<SafetensorsItem> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        WriteSorted(stream, Sort(tensors.Select(Checked)), metadata);

    /// <summary>Writes tensors of other files to a stream, a piece at a time: memory does not depend on their sizes.</summary>
    public static void Copy(Stream stream, IEnumerable<(TensorFile File, TensorEntry Entry)> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        WriteSorted(stream, Sort(tensors.Select(t => new SafetensorsPart(t.Entry.Name, t.Entry.Type, t.Entry.Shape, t.Entry.Length, output => Copy(t.File, t.Entry, output)))), metadata);

    /// <summary>Writes to memory.</summary>
    public static byte[] ToArray(IEnumerable<SafetensorsItem> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    private static SafetensorsPart Checked(SafetensorsItem item)
    {
        long expected = item.Type.Size();
        foreach (long dimension in item.Shape)
            expected = checked(expected * dimension);
        if (expected != item.Bytes.Length)
            throw new ArgumentException($"The tensor '{item.Name}', {item.Type.Name()} [{string.Join(", ", item.Shape)}], needs {expected} bytes and has {item.Bytes.Length}.");
        return new SafetensorsPart(item.Name, item.Type, item.Shape, expected, output => output.Write(item.Bytes.Span));
    }

    private static SafetensorsPart[] Sort(IEnumerable<SafetensorsPart> tensors)
    {
        SafetensorsPart[] sorted = [.. tensors];
        Array.Sort(sorted, (a, b) => a.Type != b.Type ? b.Type.CompareTo(a.Type) : string.CompareOrdinal(a.Name, b.Name));
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Type == sorted[i - 1].Type && sorted[i].Name == sorted[i - 1].Name)
                throw new ArgumentException($"The tensor name '{sorted[i].Name}' is given twice.");
        }

        return sorted;
    }

    private static void Copy(TensorFile file, TensorEntry entry, Stream output)
    {
        byte[] piece = new byte[Math.Min(Piece, entry.Length)];
        for (long done = 0; done < entry.Length;)
        {
            Span<byte> part = piece.AsSpan(0, (int)Math.Min(piece.Length, entry.Length - done));
            file.ReadBytes(entry, done, part);
            output.Write(part);
            done += part.Length;
        }
    }

    private static void WriteSorted(Stream stream, SafetensorsPart[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        byte[] header = Header(tensors, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (SafetensorsPart part in tensors)
            part.Write(stream);
    }

    private static byte[] Header(SafetensorsPart[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            long offset = 0;
            foreach (SafetensorsPart item in tensors)
            {
                json.WriteStartObject(item.Name);
                json.WriteString("dtype", item.Type.Name());
                json.WriteStartArray("shape");
                foreach (long dimension in item.Shape)
                    json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += item.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        int padded = (int)((buffer.Length + 7) / 8 * 8);
        byte[] bytes = new byte[padded];
        bytes.AsSpan().Fill((byte)' ');
        buffer.ToArray().CopyTo(bytes, 0);
        return bytes;
    }
}
