namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>One tensor of a checkpoint file, checked against the file's length.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions; empty for a scalar.</param>
/// <param name="Length">How many bytes its elements take, row-major without gaps.</param>
internal abstract record TensorEntry(string Name, SafetensorsType Type, long[] Shape, long Length)
{
    /// <summary>How many elements.</summary>
    public long Count => Length / Type.Size();

    /// <summary>Dtype and shape, for messages: <c>F32 [2, 3]</c>.</summary>
    public string Description => $"{Type.Name()} [{string.Join(", ", Shape)}]";
}
