using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>Where a model gets its weights from while it is built: a checkpoint, or made-up ones for tests and benchmarks.</summary>
internal interface IWeightProvider
{
    /// <summary>True where the optional tensor is there.</summary>
    bool Has(string name);

    /// <summary>The tensor of a canonical name, owned by the caller and in no dispose scope.</summary>
    /// <param name="name">The canonical name.</param>
    /// <param name="type">The element type to convert to.</param>
    Tensor Take(string name, ScalarType type);
}
