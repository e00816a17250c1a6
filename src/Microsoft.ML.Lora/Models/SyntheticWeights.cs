using System.Runtime.InteropServices;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>Made-up weights for benchmarks and tests: normal with the configuration's deviation, norms at 1, biases at 0.</summary>
/// <param name="config">The settings.</param>
/// <param name="tensors">What the family needs.</param>
/// <param name="seed">Other seeds, other weights.</param>
/// <param name="device">Where they go.</param>
internal sealed class SyntheticWeights(ModelConfig config, IReadOnlyList<ExpectedTensor> tensors, ulong seed, Device? device = null) : IWeightProvider
{
    /// <inheritdoc/>
    public bool Has(string name) => tensors.Any(t => t.Name == name);

    /// <inheritdoc/>
    public Tensor Take(string name, ScalarType type)
    {
        int index = tensors.Select((t, i) => (t, i)).First(p => p.t.Name == name).i;
        using DisposeScope scope = NewDisposeScope();
        Tensor tensor = empty(tensors[index].Shape, ScalarType.Float32);
        Span<float> values = MemoryMarshal.Cast<byte, float>(tensor.bytes);
        if (name.EndsWith(".bias", StringComparison.Ordinal))
            values.Clear();
        else if (name.Contains("LayerNorm"))
            values.Fill(1);
        else
            CounterRandom.FillNormal(CounterRandom.Key(seed, RandomStreams.Synthetic, (ulong)index), config.InitializerRange, values);
        return tensor.to(type).to(device ?? CPU).DetachFromDisposeScope();
    }
}
