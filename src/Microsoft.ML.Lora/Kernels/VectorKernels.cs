using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Starts kernels with the vectors of this machine.</summary>
internal static class VectorKernels
{
    /// <summary>The widest vectors the machine has, in bits; 0: none, and stock operators are used.</summary>
    public static int Width =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;

    /// <summary>True where the machine has vectors.</summary>
    public static bool Available => Width > 0;

    /// <summary>Runs a kernel on elements of a type, <see cref="ScalarType.Float32"/> or <see cref="ScalarType.BFloat16"/>.</summary>
    public static void Run<TKernel>(ScalarType type, TKernel kernel)
        where TKernel : IVectorKernel
    {
        if (type == ScalarType.BFloat16)
            Run<TKernel, BFloat16Lanes>(kernel);
        else
            Run<TKernel, Float32Lanes>(kernel);
    }

    // These are constants to the compiler: one call is left of the three.
    private static void Run<TKernel, TLanes>(TKernel kernel)
        where TKernel : IVectorKernel
        where TLanes : ILanes
    {
        if (Vector512.IsHardwareAccelerated)
            kernel.Run<TLanes, Float32x16>();
        else if (Vector256.IsHardwareAccelerated)
            kernel.Run<TLanes, Float32x8>();
        else
            kernel.Run<TLanes, Float32x4>();
    }
}
