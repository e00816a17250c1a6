namespace Microsoft.ML.Lora.Adapters;

/// <summary>What a trained tensor is; learning rates may differ by it.</summary>
internal enum ParameterKind
{
    LoraA,
    LoraB,
    Head,

    /// <summary>A weight of the base, where all of it is trained.</summary>
    Base,
}
