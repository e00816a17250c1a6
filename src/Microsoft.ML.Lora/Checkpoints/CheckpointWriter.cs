using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>Writes weights as safetensors: one file, or shards and their index where they are larger than asked for, as transformers does.</summary>
internal static class CheckpointWriter
{
    /// <summary>Without it transformers refuses a file.</summary>
    private static readonly Dictionary<string, string> s_metadata = new() { ["format"] = "pt" };

    private static readonly JsonWriterOptions s_json = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes all tensors of a checkpoint with their keys, types and bytes.</summary>
    /// <param name="source">What is written.</param>
    /// <param name="folder">Where to; exists and holds no weights.</param>
    /// <param name="maxShardBytes">Tensor bytes of a file, at most; a tensor that is larger has a file of its own.</param>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public static void Write(Checkpoint source, string folder, long maxShardBytes)
    {
        List<List<TensorEntry>> shards = Split(source.Entries, maxShardBytes);
        if (shards.Count == 1)
        {
            Write(source, Path.Combine(folder, CheckpointFiles.Single), shards[0]);
            return;
        }

        string[] names = [.. Enumerable.Range(1, shards.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"model-{i:d5}-of-{shards.Count:d5}.safetensors"))];
        for (int i = 0; i < names.Length; i++)
            Write(source, Path.Combine(folder, names[i]), shards[i]);
        // Last: a folder with an index has its shards.
        AtomicFile.Write(Path.Combine(folder, CheckpointFiles.ShardIndex), stream => WriteIndex(stream, shards, names));
    }

    /// <summary>In the order of the source; a new shard begins where the next tensor would not fit.</summary>
    private static List<List<TensorEntry>> Split(IEnumerable<TensorEntry> entries, long most)
    {
        List<List<TensorEntry>> shards = [[]];
        long bytes = 0;
        foreach (TensorEntry entry in entries)
        {
            if (shards[^1].Count > 0 && entry.Length > most - bytes)
            {
                shards.Add([]);
                bytes = 0;
            }

            shards[^1].Add(entry);
            bytes += entry.Length;
        }

        return shards;
    }

    private static void Write(Checkpoint source, string path, List<TensorEntry> entries) =>
        AtomicFile.Write(path, stream => SafetensorsWriter.Copy(stream, entries.Select(e => source.Find(e.Name)), s_metadata));

    private static void WriteIndex(Stream stream, List<List<TensorEntry>> shards, string[] names)
    {
        using var json = new Utf8JsonWriter(stream, s_json);
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", shards.Sum(shard => shard.Sum(e => e.Length)));
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        foreach ((TensorEntry entry, string file) in shards.SelectMany((shard, i) => shard.Select(e => (e, names[i]))).OrderBy(p => p.e.Name, StringComparer.Ordinal))
            json.WriteString(entry.Name, file);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
