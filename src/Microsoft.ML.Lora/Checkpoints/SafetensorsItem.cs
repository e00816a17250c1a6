using System.Runtime.InteropServices;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>One tensor to write: name, type, shape and its bytes, little-endian, row-major.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Bytes">The content; its length must fit type and shape.</param>
internal sealed record SafetensorsItem(string Name, SafetensorsType Type, long[] Shape, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>A float32 tensor from an array, copied.</summary>
    public static SafetensorsItem FromFloats(string name, long[] shape, ReadOnlySpan<float> values) =>
        new(name, SafetensorsType.F32, shape, MemoryMarshal.AsBytes(values).ToArray());
}
