using Microsoft.ML.Lora.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>Weights from an open checkpoint.</summary>
/// <param name="checkpoint">Stays open while weights are taken; not owned.</param>
/// <param name="names">Canonical name to key.</param>
/// <param name="reader">Makes the tensors; not owned.</param>
/// <param name="device">Where they go.</param>
internal sealed class CheckpointWeights(Checkpoint checkpoint, IReadOnlyDictionary<string, string> names, TensorReader reader, Device device) : IWeightProvider
{
    /// <inheritdoc/>
    public bool Has(string name) => names.ContainsKey(name);

    /// <inheritdoc/>
    public Tensor Take(string name, ScalarType type)
    {
        (TensorFile file, TensorEntry entry) = checkpoint.Find(names[name]);
        return reader.Read(file, entry, type, device).DetachFromDisposeScope();
    }
}
