using System.Text.Json;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>The files with the weights of a Hugging Face folder, found without opening them.</summary>
/// <param name="Paths">The file, or the shards by name.</param>
/// <param name="Index">The index of shards; null where there is one file.</param>
/// <param name="Shards">Each key of the index and the name of its shard; null where there is no index.</param>
internal sealed record CheckpointFiles(IReadOnlyList<string> Paths, string? Index = null, IReadOnlyDictionary<string, string>? Shards = null)
{
    /// <summary>All weights in one file.</summary>
    public const string Single = "model.safetensors";

    /// <summary>The index of shards.</summary>
    public const string ShardIndex = "model.safetensors.index.json";

    /// <summary>In the order of preference: safetensors before torch's format, one file before shards.</summary>
    public static readonly IReadOnlyList<string> Names =
        [Single, ShardIndex, "pytorch_model.bin", "pytorch_model.bin.index.json"];

    /// <summary>Finds the weights of a folder.</summary>
    /// <exception cref="LoraFormatException">The folder has none in a format that can be read, or its index is broken.</exception>
    public static CheckpointFiles Find(string folder)
    {
        string? name = Names.FirstOrDefault(n => RealFile.Exists(Path.Combine(folder, n)));
        if (name is null)
        {
            string[] others = !Directory.Exists(folder) ? [] : [.. Directory.EnumerateFiles(folder)
                .Where(f => Path.GetExtension(f) is ".safetensors" or ".bin" or ".pt" or ".pth" or ".h5" or ".msgpack" or ".onnx" or ".gguf")
                .Order(StringComparer.Ordinal).Take(5)
                .Select(f => LoraFormatException.Shorten(Path.GetFileName(f)) + (RealFile.Exists(f) ? "" : $" ({RealFile.Instead(f)})"))];
            throw new LoraFormatException(folder, "the folder has no weights that can be read",
                found: others.Length == 0 ? "no file with weights" : string.Join(", ", others), expected: string.Join(" or ", Names));
        }

        string path = Path.Combine(folder, name);
        return IsIndex(name) ? ReadIndex(folder, path) : new CheckpointFiles([path]);
    }

    /// <summary>True for the name of an index of shards.</summary>
    public static bool IsIndex(string name) => name.EndsWith(".json", StringComparison.Ordinal);

    /// <summary>Each key of an index and the name of its shard, a file beside it; whether that is there is not looked at.</summary>
    /// <exception cref="LoraFormatException">The index is broken.</exception>
    public static IReadOnlyDictionary<string, string> ReadShards(string index)
    {
        HuggingFaceConfig json = HuggingFaceConfig.Read(index);
        if (!json.Root.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            throw new LoraFormatException(index, "the field is missing or not an object", "weight_map", found: Kind(json.Root), expected: "an object of tensors' names and their shards");
        var shards = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            string? name = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
            if (string.IsNullOrEmpty(name) || name != Path.GetFileName(name) || name is "." or ".." || name.Any(c => c == '\\' || char.IsControl(c)))
                throw new LoraFormatException(index, "this is not the name of a file in the same folder", entry.Name, found: entry.Value.GetRawText(), expected: "a name without folders");
            if (!shards.TryAdd(entry.Name, name))
                throw new LoraFormatException(index, "the tensor is given twice", entry.Name, found: $"'{shards[entry.Name]}' and '{name}'", expected: "one shard");
        }

        return shards.Count > 0 ? shards : throw new LoraFormatException(index, "the index names no shards", "weight_map", found: "an empty object", expected: "tensors' names and their shards");
    }

    private static string Kind(JsonElement root) => root.TryGetProperty("weight_map", out JsonElement map) ? $"{map.ValueKind}" : "nothing";

    private static CheckpointFiles ReadIndex(string folder, string index)
    {
        IReadOnlyDictionary<string, string> shards = ReadShards(index);
        string[] names = [.. shards.Values.Distinct().Order(StringComparer.Ordinal)];
        string[] missing = [.. names.Where(n => !RealFile.Exists(Path.Combine(folder, n)))];
        if (missing.Length > 0)
        {
            throw new LoraFormatException(index, missing.Length == 1 ? $"the shard '{LoraFormatException.Shorten(missing[0])}' does not exist"
                : $"{missing.Length} shards do not exist: {string.Join(", ", missing.Take(10).Select(LoraFormatException.Shorten))}", "weight_map",
                found: $"{names.Length - missing.Length} shards in the folder", expected: $"{names.Length}");
        }

        return new CheckpointFiles([.. names.Select(n => Path.Combine(folder, n))], index, shards);
    }
}
