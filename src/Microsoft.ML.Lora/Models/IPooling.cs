using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>Makes one vector of each row's hidden states.</summary>
internal interface IPooling
{
    /// <summary>The width of the result.</summary>
    int OutputSize { get; }

    /// <summary>Pools.</summary>
    /// <param name="hidden">(N, hidden), packed order.</param>
    /// <param name="context">The forward.</param>
    /// <returns>(rows, <see cref="OutputSize"/>) in packed order, float32.</returns>
    Tensor Pool(Tensor hidden, ForwardContext context);
}
