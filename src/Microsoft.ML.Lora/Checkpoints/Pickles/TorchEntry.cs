namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>One tensor of a state dictionary.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Tensor">The tensor.</param>
internal sealed record TorchEntry(string Name, TorchTensor Tensor) : TensorEntry(Name, Tensor.Type, Tensor.Shape, Tensor.Count * Tensor.Type.Size());
