using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Lora.Text;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>Reads the recorded behaviour of Hugging Face's tokenizers. All of it is exact: there is no tolerance.</summary>
internal static class TokenizerGoldens
{
    private static readonly Dictionary<string, HuggingFaceTokenizer> s_tokenizers = [];

    public static IReadOnlyList<string> Strings { get; } = ReadStrings();

    public static string Folder(params string[] parts) => Path.Combine([GoldenFiles.Root, "tokenizers", .. parts]);

    public static JsonElement ReadJson(string path) => JsonDocument.Parse(ReadBytes(path)).RootElement;

    /// <summary>A file's content, unpacked where it is packed.</summary>
    public static byte[] ReadBytes(string path)
    {
        if (!path.EndsWith(".gz", StringComparison.Ordinal))
            return File.ReadAllBytes(path);
        using FileStream file = File.OpenRead(path);
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        using var content = new MemoryStream();
        unpacked.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>A path as the records write it (below the folder that holds <c>goldens</c> and <c>data</c>); null where this selection lacks it.</summary>
    public static string? Locate(string path)
    {
        string[] parts = path.Split('/');
        string? found = parts[0] == "goldens" ? Path.Combine([GoldenFiles.Root, .. parts[1..]])
            : parts[0] == "data" ? GoldenFiles.TryData(parts[1..])
            : Path.Combine([GoldenFiles.Root, "tokenizers", "small", .. parts]);
        return found is not null && File.Exists(found) ? found : null;
    }

    /// <summary>The record of a tokenizer as its file has it, but for limits; null where this selection has none.</summary>
    /// <param name="tokenizer">The file, as the records write its path.</param>
    public static JsonElement? FindReal(string tokenizer)
    {
        foreach (string path in GoldenFiles.Files("*.json.gz", "tokenizers", "real"))
        {
            JsonElement file = ReadJson(path);
            if (file.GetProperty("tokenizer").GetString() == tokenizer && file.GetProperty("edits").EnumerateArray().All(edit => edit[1].ValueKind == JsonValueKind.Null))
                return file;
        }

        return null;
    }

    /// <summary>The tokenizer of a tokenizer.json with the record's edits applied; kept, because many records share it.</summary>
    public static HuggingFaceTokenizer LoadTokenizer(string path, JsonElement? edits = null)
    {
        string key = path + edits?.GetRawText();
        lock (s_tokenizers)
        {
            if (s_tokenizers.TryGetValue(key, out HuggingFaceTokenizer? known))
                return known;
            byte[] content = ReadBytes(path);
            if (edits is { } list && list.GetArrayLength() > 0)
                content = Edit(content, list);
            return s_tokenizers[key] = HuggingFaceTokenizer.Load([("tokenizer.json", content)]);
        }
    }

    /// <summary>An encoding in the records' form, for equality and for messages.</summary>
    public static string Describe(HuggingFaceEncoding encoding, bool withSequences, IReadOnlyList<string?> texts)
    {
        var text = new StringBuilder();
        text.Append("ids ").AppendJoin(',', encoding.Ids);
        text.Append(" off ").AppendJoin(',', encoding.Offsets.Select(o => $"{o.Start},{o.End}"));
        text.Append(" w ").AppendJoin(',', encoding.WordIds);
        text.Append(" sp ").AppendJoin(',', Positions(encoding.SpecialTokensMask));
        text.Append(" ty ").AppendJoin(',', encoding.TypeIds);
        text.Append(" at ").AppendJoin(',', encoding.AttentionMask.Select(a => a ? 1 : 0));
        text.Append(" tk ").AppendJoin('\u241F', encoding.Tokens);
        if (withSequences)
            text.Append(" sq ").AppendJoin(',', encoding.GetSequenceIds());
        foreach (HuggingFaceEncoding part in encoding.Overflowing)
            text.Append(" ov {").Append(Describe(part, withSequences, texts)).Append('}');
        return text.ToString();
    }

    /// <summary>A record in the same form.</summary>
    /// <param name="record">The record.</param>
    /// <param name="withSequences">Whether it tells which text a token is of.</param>
    /// <param name="tokenizer">Has the texts of ids.</param>
    /// <param name="bare">Whether the special tokens are to be left out, as encoding without special tokens does.</param>
    public static string Describe(JsonElement record, bool withSequences, HuggingFaceTokenizer tokenizer, bool bare = false)
    {
        int[] special = Ints(record, "sp", []);
        int[] ids = Ints(record, "ids");
        int[] offsets = record.TryGetProperty("u16", out _) ? Ints(record, "u16") : Ints(record, "off");
        string[] tokens = [.. ids.Select(id => tokenizer.IdToToken(id) ?? "")];
        if (record.TryGetProperty("tk", out JsonElement changed))
        {
            foreach (JsonElement change in changed.EnumerateArray())
                tokens[change[0].GetInt32()] = change[1].GetString()!;
        }

        IEnumerable<T> Shown<T>(IEnumerable<T> items) => bare ? items.Where((_, i) => Array.IndexOf(special, i) < 0) : items;
        var text = new StringBuilder();
        text.Append("ids ").AppendJoin(',', Shown(ids));
        text.Append(" off ").AppendJoin(',', Shown(offsets.Chunk(2)).SelectMany(range => range));
        text.Append(" w ").AppendJoin(',', Shown(Ints(record, "w")));
        text.Append(" sp ").AppendJoin(',', bare ? [] : special);
        text.Append(" ty ").AppendJoin(',', Shown(Ints(record, "ty", new int[ids.Length])));
        text.Append(" at ").AppendJoin(',', Shown(Ints(record, "at", [.. Enumerable.Repeat(1, ids.Length)])));
        text.Append(" tk ").AppendJoin('\u241F', Shown(tokens));
        if (withSequences)
            text.Append(" sq ").AppendJoin(',', Shown(Ints(record, "sq", [.. Enumerable.Repeat(0, ids.Length)])));
        if (record.TryGetProperty("ov", out JsonElement parts))
        {
            foreach (JsonElement part in parts.EnumerateArray())
                text.Append(" ov {").Append(Describe(part, withSequences, tokenizer, bare)).Append('}');
        }

        return text.ToString();
    }

    /// <summary>A greatest length: a number, or none where the library writes one without meaning (<c>1e30</c>).</summary>
    public static int? Length(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int length) ? length : null;

    public static int[] Ints(JsonElement record, string name, int[]? otherwise = null) =>
        record.TryGetProperty(name, out JsonElement list) ? [.. list.EnumerateArray().Select(item => item.GetInt32())]
        : otherwise ?? throw new AssertFailedException($"The record has no '{name}'.");

    private static IEnumerable<int> Positions(IReadOnlyList<bool> mask) => Enumerable.Range(0, mask.Count).Where(i => mask[i]);

    private static byte[] Edit(byte[] content, JsonElement edits)
    {
        JsonNode root = JsonNode.Parse(content)!;
        foreach (JsonElement edit in edits.EnumerateArray())
        {
            string[] path = edit[0].GetString()!.Split('/')[1..];
            JsonNode node = root;
            foreach (string part in path[..^1])
                node = node is JsonArray list ? list[int.Parse(part)]! : node[part]!;
            node[path[^1]] = JsonNode.Parse(edit[1].GetRawText());
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    private static IReadOnlyList<string> ReadStrings()
    {
        JsonElement root = ReadJson(Folder("strings.json"));
        var strings = new SortedDictionary<int, string>();
        foreach (JsonElement item in root.GetProperty("strings").EnumerateArray())
            strings[item.GetProperty("i").GetInt32()] = item.GetProperty("t").GetString()!;

        // A set may leave numbers out.
        return [.. Enumerable.Range(0, strings.Keys.Last() + 1).Select(i => strings.GetValueOrDefault(i, ""))];
    }
}
