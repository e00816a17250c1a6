namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions; empty for a scalar.</param>
/// <param name="Offset">Where the bytes begin, counted from the begin of the data part.</param>
/// <param name="Length">How many bytes.</param>
internal sealed record SafetensorsEntry(string Name, SafetensorsType Type, long[] Shape, long Offset, long Length) : TensorEntry(Name, Type, Shape, Length);
