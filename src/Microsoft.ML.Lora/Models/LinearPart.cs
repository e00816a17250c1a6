using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Models;

/// <summary>One named projection of a slot. The tensors are views into the slot's fused weight and are owned by it.</summary>
/// <param name="Path">The Hugging Face module path without the model's prefix: <c>encoder.layer.0.attention.self.query</c>.</param>
/// <param name="InFeatures">Inputs.</param>
/// <param name="OutFeatures">Outputs.</param>
/// <param name="FirstOutput">Where the part's outputs begin among the slot's.</param>
/// <param name="Weight">(out, in).</param>
/// <param name="Bias">(out), or null.</param>
internal sealed record LinearPart(string Path, int InFeatures, int OutFeatures, int FirstOutput, Tensor Weight, Tensor? Bias);
