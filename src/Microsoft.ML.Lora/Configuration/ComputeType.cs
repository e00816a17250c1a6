namespace Microsoft.ML.Lora;

/// <summary>The number format in which the base model computes. Adapters, head and optimizer state are always kept in float32.</summary>
public enum ComputeType
{
    /// <summary>
    /// <see cref="BFloat16"/> where the processor multiplies it natively (AVX512-BF16, AMX, CUDA from sm_80 on), else <see cref="Float32"/>.
    /// </summary>
    Auto = 0,

    /// <summary>32-bit floating point everywhere.</summary>
    Float32 = 1,

    /// <summary>16-bit brain floating point for the base model's weights and activations; sums, norms and the loss stay in float32.</summary>
    BFloat16 = 2,
}
