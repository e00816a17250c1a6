using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>Copies numbers between float32 tensors on any device and arrays.</summary>
internal static class ParameterValues
{
    /// <summary>All elements, row by row.</summary>
    public static float[] Read(Tensor tensor)
    {
        float[] values = new float[tensor.numel()];
        Read(tensor, values);
        return values;
    }

    /// <summary>All elements, row by row, into memory of the same length.</summary>
    public static void Read(Tensor tensor, Span<float> destination)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor plain = tensor.detach().to(ScalarType.Float32).cpu().contiguous();
        MemoryMarshal.Cast<byte, float>(plain.bytes).CopyTo(destination);
    }

    /// <summary>Overwrites all elements in place; the tensor stays the same leaf.</summary>
    public static void Write(Tensor tensor, ReadOnlySpan<float> values)
    {
        if (tensor.numel() != values.Length)
            throw new ArgumentException($"The tensor has {tensor.numel()} elements, not {values.Length}.", nameof(values));
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        if (tensor.device.type == DeviceType.CPU)
            values.CopyTo(MemoryMarshal.Cast<byte, float>(tensor.detach().bytes));
        else
            tensor.detach().copy_(torch.tensor(values.ToArray(), tensor.shape, ScalarType.Float32));
    }
}
