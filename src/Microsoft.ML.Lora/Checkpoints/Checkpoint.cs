namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>
/// The weights of a Hugging Face folder: one file, or the shards that an index names, as safetensors or as torch's <c>.bin</c>. Dispose
/// closes the files.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private const int MaxListed = 12;

    private readonly IReadOnlyList<TensorFile> _files;
    private readonly Dictionary<string, (TensorFile File, TensorEntry Entry)> _byKey;

    private Checkpoint(string name, IReadOnlyList<TensorFile> files)
    {
        Name = name;
        _files = files;
        _byKey = new Dictionary<string, (TensorFile, TensorEntry)>(StringComparer.Ordinal);
        foreach (TensorFile file in files)
        {
            foreach (TensorEntry entry in file.Entries)
            {
                if (!_byKey.TryAdd(entry.Name, (file, entry)))
                    throw new LoraFormatException(file.Name, "the tensor is in another shard too", entry.Name, found: $"also in '{_byKey[entry.Name].File.Name}'", expected: "every tensor in one shard");
            }
        }
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>The files on disk.</summary>
    public IEnumerable<string> Paths => _files.Select(f => f.Path!);

    /// <summary>All keys with their entries.</summary>
    public IEnumerable<TensorEntry> Entries => _byKey.Values.Select(v => v.Entry);

    /// <summary>Opens the weights of a folder.</summary>
    /// <exception cref="LoraFormatException">There are none that can be read, a file is broken, or shards and index do not fit.</exception>
    public static Checkpoint Open(string folder)
    {
        CheckpointFiles found = CheckpointFiles.Find(folder);
        List<TensorFile> files = [];
        try
        {
            foreach (string path in found.Paths)
                files.Add(TensorFile.Open(path));
            var checkpoint = new Checkpoint(files.Count == 1 ? files[0].Name : folder, files);
            checkpoint.CheckIndex(found);
            return checkpoint;
        }
        catch
        {
            files.ForEach(f => f.Dispose());
            throw;
        }
    }

    /// <summary>The file and entry of a key.</summary>
    public (TensorFile File, TensorEntry Entry) Find(string key) => _byKey[key];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TensorFile file in _files)
            file.Dispose();
    }

    /// <summary>Each key of the index must be in the shard that the index names.</summary>
    private void CheckIndex(CheckpointFiles found)
    {
        if (found.Shards is null)
            return;
        string[] wrong = [.. found.Shards
            .Where(s => !_byKey.TryGetValue(s.Key, out var place) || Path.GetFileName(place.File.Name) != s.Value)
            .Select(s => $"{LoraFormatException.Shorten(s.Key)} in {LoraFormatException.Shorten(s.Value)}")];
        if (wrong.Length > 0)
        {
            string more = wrong.Length > MaxListed ? $", and {wrong.Length - MaxListed} more" : "";
            throw new LoraFormatException(found.Index!, $"{wrong.Length} tensors are not in the shards that the index names: {string.Join(", ", wrong.Take(MaxListed))}{more}", "weight_map",
                found: $"{_byKey.Count} tensors in {_files.Count} shards", expected: $"the {found.Shards.Count} tensors of the index, each in its shard");
        }
    }
}
