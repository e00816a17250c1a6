namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>One tensor of a safetensors file, checked against the file's length.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions; empty for a scalar.</param>
/// <param name="Offset">Where the bytes begin, counted from the begin of the data part.</param>
/// <param name="Length">How many bytes.</param>
internal sealed record SafetensorsEntry(string Name, SafetensorsType Type, long[] Shape, long Offset, long Length)
{
    /// <summary>How many elements.</summary>
    public long Count => Length / Type.Size();

    /// <summary>Dtype and shape, for messages: <c>F32 [2, 3]</c>.</summary>
    public string Description => $"{Type.Name()} [{string.Join(", ", Shape)}]";
}
