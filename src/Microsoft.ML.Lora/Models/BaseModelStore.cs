using Microsoft.ML.Lora.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>All base models loaded in this process: one per folder, state of its files, precision, mapping and device, counted by its handles.</summary>
internal static class BaseModelStore
{
    private static readonly Dictionary<string, Entry> s_entries = new(StringComparer.Ordinal);

    /// <summary>How many models are loaded now.</summary>
    public static int LoadedCount
    {
        get
        {
            lock (s_entries)
                return s_entries.Values.Count(e => e.IsLoaded);
        }
    }

    /// <summary>Loads the model, or shares the one that is loaded.</summary>
    public static BaseModelHandle Acquire(BaseModelFiles files, ComputeType computeType, BaseModelMapping mapping, Device device)
    {
        string key = string.Join('|', CheckpointFiles.Find(files.Folder).Paths.Select(RealFile.State).Append($"{computeType}|{mapping}|{device}"));
        Entry? entry;
        lock (s_entries)
        {
            if (!s_entries.TryGetValue(key, out entry))
                s_entries.Add(key, entry = new Entry(key));
            entry.Count++;
        }

        try
        {
            entry.Load(files, computeType, mapping, device);
            return new BaseModelHandle(entry);
        }
        catch
        {
            Release(entry);
            throw;
        }
    }

    /// <summary>Gives a share back.</summary>
    internal static void Release(Entry entry)
    {
        lock (s_entries)
        {
            if (--entry.Count > 0)
                return;
            s_entries.Remove(entry.Key);
        }

        entry.Unload();
    }

    /// <summary>One loaded model.</summary>
    internal sealed class Entry(string key)
    {
        private readonly object _lock = new();
        private EncoderModel? _model;

        public string Key { get; } = key;

        /// <summary>Guarded by the store's lock.</summary>
        public int Count { get; set; }

        public bool IsLoaded => _model is not null;

        public EncoderModel Model => _model!;

        public long OwnBytes { get; private set; }

        public long MappedBytes { get; private set; }

        public void Load(BaseModelFiles files, ComputeType computeType, BaseModelMapping mapping, Device device)
        {
            lock (_lock)
            {
                if (_model is not null)
                    return;
                // Neither a caller's dispose scope nor its grad mode reaches the shared weights.
                using DisposeScope scope = NewDisposeScope();
                using IDisposable noGrad = no_grad();
                using Checkpoint checkpoint = Checkpoint.Open(files.Folder);
                using var reader = new TensorReader(mapping == BaseModelMapping.Auto);
                _model = files.Family.Build(files.Config, new CheckpointWeights(checkpoint, files.Names, reader, device), computeType, device);
                long all = _model.Weights.Values.Sum(w => w.numel() * w.ElementSize);
                // What was mapped and then fused with others was copied after all.
                long copied = _model.Slots.Where(s => s.Parts.Count > 1).Sum(s => s.Weight.numel() * s.Weight.ElementSize);
                MappedBytes = Math.Clamp(reader.MappedBytes - copied, 0, all);
                OwnBytes = all - MappedBytes;
            }
        }

        public void Unload()
        {
            lock (_lock)
            {
                _model?.Dispose();
                _model = null;
            }
        }
    }
}
