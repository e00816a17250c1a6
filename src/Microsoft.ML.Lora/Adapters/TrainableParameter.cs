using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>A tensor that training changes.</summary>
/// <param name="Name">Its key in an adapter file.</param>
/// <param name="Value">A leaf that requires a gradient, float32; owned by the adapter or the head.</param>
/// <param name="Kind">What it is.</param>
internal sealed record TrainableParameter(string Name, Tensor Value, ParameterKind Kind);
