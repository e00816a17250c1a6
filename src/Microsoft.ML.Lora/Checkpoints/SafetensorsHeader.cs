using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>
/// The checked header of a safetensors file: 8 bytes little-endian length, that many bytes of JSON, then the tensors' bytes, which must
/// cover the rest of the file without hole or overlap. Stricter than the reference library where that one is lax: see the remarks.
/// </summary>
/// <remarks>
/// Refused although the reference library reads it: white space before the JSON, a name given twice, an entry as a positional array,
/// an unknown field in an entry, <c>"__metadata__": null</c>, more than <see cref="MaxDimensions"/> dimensions or <see cref="MaxMetadata"/> texts.
/// </remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The reference library's own limit.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    /// <summary>More free texts than any writer has: a hundred megabytes of the shortest ones would take a gigabyte.</summary>
    public const int MaxMetadata = 100_000;

    /// <summary>More dimensions than any tensor library takes.</summary>
    public const int MaxDimensions = 64;

    private const int MaxDepth = 8;

    private const string MetadataKey = "__metadata__";

    private SafetensorsHeader(long dataOffset, IReadOnlyList<SafetensorsEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        DataOffset = dataOffset;
        Entries = entries;
        Metadata = metadata;
        ByName = entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
    }

    /// <summary>Where the data part begins in the file. Any byte: the format guarantees no alignment.</summary>
    public long DataOffset { get; }

    /// <summary>All tensors in the order of their bytes in the file.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> ByName { get; }

    /// <summary>The free texts under <c>__metadata__</c>; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads the length field and checks it against the file before anything of that size is allocated.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="start">The first bytes of the file: up to 64 are looked at.</param>
    /// <param name="fileLength">The length of the whole file.</param>
    /// <returns>The number of bytes of JSON that follow the length field.</returns>
    public static int ReadLength(string file, ReadOnlySpan<byte> start, long fileLength)
    {
        if (fileLength < 8 || start.Length < 8)
            throw new LoraFormatException(file, "too short for a safetensors file", offset: 0, found: $"{fileLength} bytes", expected: "at least 8");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaxHeaderBytes)
            throw new LoraFormatException(file, ForeignHint(start) ?? "the header is too large", offset: 0, found: $"{length} bytes of header",
                expected: $"at most {MaxHeaderBytes}");
        if (length < 2)
            throw new LoraFormatException(file, "the header is too small", offset: 0, found: $"{length} bytes", expected: "at least 2");
        if ((long)length > fileLength - 8)
            throw new LoraFormatException(file, ForeignHint(start) ?? "the header reaches beyond the end of the file", offset: 0, found: $"{length} bytes of header",
                expected: $"at most {fileLength - 8}; the file is truncated or not a safetensors file");
        return (int)length;
    }

    private static string? ForeignHint(ReadOnlySpan<byte> start) => start.StartsWith("PK\x03\x04"u8)
        ? "this is a zip archive (perhaps a PyTorch .bin under another name), not a safetensors file"
        : TensorFile.ForeignHint(start);

    /// <summary>Parses and checks the JSON.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="json">Exactly the header's bytes.</param>
    /// <param name="dataLength">The length of the data part.</param>
    public static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> json, long dataLength)
    {
        if (json[0] != (byte)'{')
            throw new LoraFormatException(file, "the header is not a JSON object", offset: 8, found: $"byte 0x{json[0]:x2}", expected: "'{'");
        try
        {
            return new HeaderParser(file, dataLength).Parse(json);
        }
        catch (JsonException e)
        {
            throw new LoraFormatException(file, "the header is not valid JSON", offset: 8 + JsonText.Position(e, json), found: JsonText.Reason(e), expected: "one JSON object", inner: e);
        }
        catch (InvalidOperationException e)
        {
            // What Utf8JsonReader throws for a text that is not valid UTF-8 or holds a lone surrogate.
            throw new LoraFormatException(file, "the header holds a text that is not valid Unicode", offset: 8 + JsonText.FirstBadText(json, MaxDepth), found: e.Message,
                expected: "UTF-8 without halves of surrogate pairs", inner: e);
        }
    }

    private sealed class HeaderParser(string file, long dataLength)
    {
        private readonly List<SafetensorsEntry> _entries = [];
        private readonly HashSet<string> _names = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

        public SafetensorsHeader Parse(ReadOnlySpan<byte> json)
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                if (!_names.Add(name))
                    throw new LoraFormatException(file, "the name is given twice", name, 8 + reader.TokenStartIndex, "a second entry", "one");
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject)
                    throw new LoraFormatException(file, "the entry is not a JSON object", name, 8 + reader.TokenStartIndex, $"{reader.TokenType}", "'{'");
                if (name == MetadataKey)
                    ReadMetadata(ref reader);
                else
                    _entries.Add(ReadEntry(ref reader, name));
            }

            while (reader.Read())
            {
                // Anything but white space after the object throws.
            }

            _names.Remove(MetadataKey);
            _entries.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Length.CompareTo(b.Length));
            long end = 0;
            foreach (SafetensorsEntry entry in _entries)
            {
                if (entry.Offset != end)
                    throw new LoraFormatException(file, entry.Offset > end ? "unused bytes before the tensor" : "the tensor overlaps another one",
                        entry.Name, found: $"data offset {entry.Offset}", expected: $"{end}");
                end += entry.Length;
            }

            if (end != dataLength)
                throw new LoraFormatException(file, end > dataLength ? "the file is truncated" : "bytes follow the last tensor",
                    offset: 8 + json.Length + Math.Min(end, dataLength), found: $"{dataLength} bytes of data", expected: $"{end}");
            return new SafetensorsHeader(8 + json.Length, _entries, _metadata);
        }

        private void ReadMetadata(ref Utf8JsonReader reader)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string key = reader.GetString()!;
                reader.Read();
                if (reader.TokenType != JsonTokenType.String)
                    throw new LoraFormatException(file, $"the value of '{LoraFormatException.Shorten(key)}' is not a text", MetadataKey,
                        8 + reader.TokenStartIndex, $"{reader.TokenType}", "a text");
                if (_metadata.Count == MaxMetadata)
                    throw new LoraFormatException(file, "there are too many texts", MetadataKey, 8 + reader.TokenStartIndex, $"{MaxMetadata + 1} or more", $"at most {MaxMetadata}");
                if (!_metadata.TryAdd(key, reader.GetString()!))
                    throw new LoraFormatException(file, $"'{LoraFormatException.Shorten(key)}' is given twice", MetadataKey, 8 + reader.TokenStartIndex, "a second text", "one");
            }
        }

        private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
        {
            string? type = null;
            List<ulong>? shape = null;
            List<ulong>? offsets = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string field = reader.GetString()!;
                reader.Read();
                bool twice = field switch { "dtype" => type is not null, "shape" => shape is not null, "data_offsets" => offsets is not null, _ => false };
                if (twice)
                    throw new LoraFormatException(file, $"'{field}' is given twice", name, 8 + reader.TokenStartIndex, $"a second {field}", "one");
                switch (field)
                {
                    case "dtype" when reader.TokenType == JsonTokenType.String:
                        type = reader.GetString()!;
                        break;
                    case "shape":
                        shape = ReadNumbers(ref reader, name, field, MaxDimensions);
                        break;
                    case "data_offsets":
                        offsets = ReadNumbers(ref reader, name, field, 2);
                        break;
                    default:
                        throw new LoraFormatException(file, "unexpected field", name, 8 + reader.TokenStartIndex,
                            $"'{LoraFormatException.Shorten(field)}' ({reader.TokenType})", expected: "dtype (text), shape and data_offsets (whole numbers)");
                }
            }

            return Check(name, type ?? throw Missing(name, "dtype"), shape ?? throw Missing(name, "shape"), offsets ?? throw Missing(name, "data_offsets"));
        }

        private SafetensorsEntry Check(string name, string typeName, List<ulong> shape, List<ulong> offsets)
        {
            if (!SafetensorsTypes.TryParse(typeName, out SafetensorsType type))
                throw new LoraFormatException(file, SafetensorsTypes.IsKnownUnsupported(typeName) ? "the dtype is not supported" : "unknown dtype", name,
                    found: $"'{typeName}'", expected: $"one of {SafetensorsTypes.AllNames}");
            if (offsets.Count != 2)
                throw new LoraFormatException(file, "data_offsets does not hold begin and end", name, found: $"{offsets.Count} numbers", expected: "2");
            if (offsets[0] > offsets[1])
                throw new LoraFormatException(file, "data_offsets run backwards", name, found: $"[{offsets[0]}, {offsets[1]}]",
                    expected: "the begin before the end");
            if (offsets[1] > (ulong)dataLength)
                throw new LoraFormatException(file, "the tensor reaches beyond the end of the file", name, found: $"data_offsets [{offsets[0]}, {offsets[1]}]",
                    expected: $"at most {dataLength}, the bytes of data the file has");
            UInt128 bytes = (ulong)type.Size();
            UInt128 count = 1;
            foreach (ulong dimension in shape)
            {
                // Each partial product stays within 64 bits, also when a later dimension is zero.
                count *= dimension;
                if (dimension > long.MaxValue || count > long.MaxValue || count * bytes > long.MaxValue)
                    throw new LoraFormatException(file, "the shape is too large", name, found: $"[{string.Join(", ", shape)}]", expected: $"at most {long.MaxValue} bytes");
            }

            long length = (long)(count * bytes);
            if ((ulong)length != offsets[1] - offsets[0])
                throw new LoraFormatException(file, "the number of bytes does not fit dtype and shape", name, found: $"{offsets[1] - offsets[0]} bytes",
                    expected: $"{length} for {typeName} [{string.Join(", ", shape)}]");
            return new SafetensorsEntry(name, type, [.. shape.Select(d => (long)d)], (long)offsets[0], length);
        }

        private List<ulong> ReadNumbers(ref Utf8JsonReader reader, string name, string field, int limit)
        {
            if (reader.TokenType != JsonTokenType.StartArray)
                throw new LoraFormatException(file, $"{field} is not an array", name, 8 + reader.TokenStartIndex, $"{reader.TokenType}", "'['");
            List<ulong> numbers = [];
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetUInt64(out ulong number))
                    throw new LoraFormatException(file, $"{field} holds something else than whole numbers", name, 8 + reader.TokenStartIndex,
                        reader.TokenType == JsonTokenType.Number ? Encoding.ASCII.GetString(reader.ValueSpan) : $"{reader.TokenType}", $"0 to {ulong.MaxValue}");
                if (numbers.Count == limit)
                    throw new LoraFormatException(file, $"{field} holds too many numbers", name, 8 + reader.TokenStartIndex, $"{limit + 1} or more", $"at most {limit}");
                numbers.Add(number);
            }

            return numbers;
        }

        private LoraFormatException Missing(string name, string field) => new(file, $"{field} is missing", name, found: "an entry without it", expected: "dtype, shape and data_offsets");
    }
}
