using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>Makes one vector of each row's hidden states.</summary>
internal interface IPooling
{
    /// <summary>The width of the result.</summary>
    int OutputSize { get; }

    /// <summary>True where only the first token of each row is read, so that the model's last layer need not compute the others.</summary>
    bool FirstTokensOnly { get; }

    /// <summary>Pools.</summary>
    /// <param name="hidden">(N, hidden), packed order; where <see cref="FirstTokensOnly"/>, (rows, hidden) of the first tokens will do.</param>
    /// <param name="context">The forward.</param>
    /// <returns>(rows, <see cref="OutputSize"/>) in packed order, float32.</returns>
    Tensor Pool(Tensor hidden, ForwardContext context);
}
