using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Decides what <see cref="ComputeType.Auto"/> means on this machine.</summary>
internal static class ComputeTypes
{
    private static readonly Lazy<bool> s_cpuMultipliesBFloat16 = new(DetectCpu);

    /// <summary>True where the processor has AVX512-BF16 or AMX-BF16, and the runtime may use AVX-512 at all.</summary>
    public static bool CpuMultipliesBFloat16 => s_cpuMultipliesBFloat16.Value;

    /// <summary>Resolves <see cref="ComputeType.Auto"/>; the others stay as they are.</summary>
    /// <remarks>On CUDA the answer is <see cref="ComputeType.BFloat16"/>: cards before sm_80 compute it, slower; choose float32 there.</remarks>
    public static ComputeType Resolve(ComputeType requested, Device? device = null) => requested switch
    {
        ComputeType.Float32 or ComputeType.BFloat16 => requested,
        ComputeType.Auto => device?.type switch
        {
            null or DeviceType.CPU => CpuMultipliesBFloat16 ? ComputeType.BFloat16 : ComputeType.Float32,
            DeviceType.CUDA => ComputeType.BFloat16,
            _ => ComputeType.Float32,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(requested), requested, "Unknown compute type."),
    };

    /// <summary>The element type of weights and activations.</summary>
    public static ScalarType ToScalarType(this ComputeType type) => type switch
    {
        ComputeType.Float32 => ScalarType.Float32,
        ComputeType.BFloat16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Resolve the compute type first."),
    };

    private static bool DetectCpu()
    {
        if (!X86Base.IsSupported || !Avx512F.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
            return false;
        const int Avx512BFloat16 = 1 << 5; // leaf 7, subleaf 1, EAX
        const int AmxBFloat16 = 1 << 22; // leaf 7, subleaf 0, EDX
        (int subleaves, _, _, int edx) = X86Base.CpuId(7, 0);
        return (edx & AmxBFloat16) != 0 || (subleaves >= 1 && (X86Base.CpuId(7, 1).Eax & Avx512BFloat16) != 0);
    }
}
