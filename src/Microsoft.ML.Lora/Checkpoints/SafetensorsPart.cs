namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>One tensor to write, wherever its content comes from.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Length">Bytes of the content; fits type and shape.</param>
/// <param name="Write">Writes them: little-endian, row-major.</param>
internal sealed record SafetensorsPart(string Name, SafetensorsType Type, long[] Shape, long Length, Action<Stream> Write);
