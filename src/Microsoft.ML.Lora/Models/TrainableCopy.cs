using Microsoft.ML.Lora.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>A private copy of a base model whose weights are trained. The shared base is not touched: nothing of the copy is mapped or shared.</summary>
internal static class TrainableCopy
{
    /// <summary>Reads the weights again, in float32, into memory of the copy's own. The caller disposes it.</summary>
    /// <param name="files">The base model's folder.</param>
    /// <param name="device">Where the weights go.</param>
    /// <exception cref="LoraFormatException">A file is broken or does not fit.</exception>
    public static EncoderModel Load(BaseModelFiles files, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using Checkpoint checkpoint = Checkpoint.Open(files.Folder);
        using var reader = new TensorReader(false);
        return files.Family.Build(files.Config, new CheckpointWeights(checkpoint, files.Names, reader, device), ComputeType.Float32, device);
    }

    /// <summary>The tensors that hold a model's weights, each once: projections of one product are one tensor, their names joined by a plus.</summary>
    /// <param name="model">The model.</param>
    /// <param name="withPooler">Whether the family's own pooler counts; it does not where it is not used.</param>
    public static IReadOnlyList<(string Name, Tensor Value)> Leaves(EncoderModel model, bool withPooler)
    {
        var fused = new Dictionary<string, LinearSlot>(StringComparer.Ordinal);
        foreach (LinearSlot slot in model.Slots)
        {
            foreach (LinearPart part in slot.Parts)
                fused.Add(part.Path, slot);
        }

        var leaves = new List<(string Name, Tensor Value)>();
        foreach ((string name, Tensor value) in model.Weights)
        {
            int dot = name.LastIndexOf('.');
            if (!fused.TryGetValue(name[..dot], out LinearSlot? slot))
            {
                leaves.Add((name, value));
                continue;
            }

            if (slot.Parts[0].Path != name[..dot] || (ReferenceEquals(slot, model.Pooler) && !withPooler))
                continue;
            string kind = name[dot..];
            leaves.Add((string.Join('+', slot.Parts.Select(part => part.Path + kind)), kind == ".weight" ? slot.Weight : slot.Bias!));
        }

        return leaves;
    }
}
