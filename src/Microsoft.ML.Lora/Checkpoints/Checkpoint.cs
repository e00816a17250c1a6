namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>The weights of a Hugging Face folder: one safetensors file, or the shards that an index names. Dispose closes the files.</summary>
internal sealed class Checkpoint : IDisposable
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    private readonly IReadOnlyList<SafetensorsFile> _files;
    private readonly Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> _byKey;

    private Checkpoint(string name, IReadOnlyList<SafetensorsFile> files)
    {
        Name = name;
        _files = files;
        _byKey = new Dictionary<string, (SafetensorsFile, SafetensorsEntry)>(StringComparer.Ordinal);
        foreach (SafetensorsFile file in files)
        {
            foreach (SafetensorsEntry entry in file.Entries)
            {
                if (!_byKey.TryAdd(entry.Name, (file, entry)))
                    throw new LoraFormatException(file.Name, $"the tensor is in another shard too ('{_byKey[entry.Name].File.Name}')", entry.Name);
            }
        }
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>The files on disk.</summary>
    public IEnumerable<string> Paths => _files.Select(f => f.Path!);

    /// <summary>All keys with their entries.</summary>
    public IEnumerable<SafetensorsEntry> Entries => _byKey.Values.Select(v => v.Entry);

    /// <summary>The files a checkpoint in this folder consists of, without opening them.</summary>
    /// <exception cref="LoraFormatException">The folder has no weights in a format that can be read, or its index is broken.</exception>
    public static IReadOnlyList<string> FindFiles(string folder)
    {
        string single = Path.Combine(folder, SingleFile);
        if (File.Exists(single))
            return [single];
        string index = Path.Combine(folder, IndexFile);
        if (!File.Exists(index))
        {
            string other = Directory.EnumerateFiles(folder, "*.bin").Any() ? " It has .bin files: convert them to safetensors first" : "";
            throw new LoraFormatException(folder, $"the folder has no weights: neither {SingleFile} nor {IndexFile} is there.{other}");
        }

        HuggingFaceConfig json = HuggingFaceConfig.Read(index);
        if (!json.Root.TryGetProperty("weight_map", out var map) || map.ValueKind != System.Text.Json.JsonValueKind.Object)
            throw new LoraFormatException(index, "the field is missing or not an object", "weight_map");
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var entry in map.EnumerateObject())
        {
            string? name = entry.Value.ValueKind == System.Text.Json.JsonValueKind.String ? entry.Value.GetString() : null;
            if (string.IsNullOrEmpty(name) || name != Path.GetFileName(name) || name is "." or "..")
                throw new LoraFormatException(index, "this is not the name of a file in the same folder", entry.Name, found: entry.Value.GetRawText());
            names.Add(name);
        }

        foreach (string name in names)
        {
            if (!File.Exists(Path.Combine(folder, name)))
                throw new LoraFormatException(index, $"the shard '{LoraFormatException.Shorten(name)}' does not exist");
        }

        return [.. names.Select(n => Path.Combine(folder, n))];
    }

    /// <summary>Opens the weights of a folder.</summary>
    public static Checkpoint Open(string folder)
    {
        List<SafetensorsFile> files = [];
        try
        {
            foreach (string path in FindFiles(folder))
                files.Add(SafetensorsFile.Open(path));
            return new Checkpoint(files.Count == 1 ? files[0].Name : folder, files);
        }
        catch
        {
            files.ForEach(f => f.Dispose());
            throw;
        }
    }

    /// <summary>The file and entry of a key.</summary>
    public (SafetensorsFile File, SafetensorsEntry Entry) Find(string key) => _byKey[key];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files)
            file.Dispose();
    }
}
