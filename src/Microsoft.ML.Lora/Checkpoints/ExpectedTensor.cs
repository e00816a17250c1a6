namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>A tensor that a model needs, under its canonical name.</summary>
/// <param name="Name">The name without the model's prefix.</param>
/// <param name="Shape">The exact dimensions.</param>
/// <param name="Required">False: the checkpoint may lack it.</param>
internal sealed record ExpectedTensor(string Name, long[] Shape, bool Required = true);
