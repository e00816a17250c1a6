using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Access to the memory of tensors for kernels written here.</summary>
internal static unsafe class NativeData
{
    /// <summary>True for a float32 or bfloat16 tensor in the main memory, contiguous, not too large for a span, with rows of a multiple of 32.</summary>
    public static bool Fits(Tensor tensor) =>
        tensor.device_type == DeviceType.CPU && tensor.dtype is ScalarType.Float32 or ScalarType.BFloat16 && tensor.is_contiguous()
        && tensor.shape[^1] % 32 == 0 && tensor.numel() * tensor.ElementSize <= int.MaxValue;

    /// <summary>The address of the first element. The tensor must stay alive and contiguous while it is used.</summary>
    public static byte* Pointer(Tensor tensor) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    /// <summary>True where an operator on these tensors has to be recorded for backward.</summary>
    public static bool NeedsGraph(Tensor first, Tensor? second = null) =>
        is_grad_enabled() && (first.requires_grad || second is { requires_grad: true });
}
