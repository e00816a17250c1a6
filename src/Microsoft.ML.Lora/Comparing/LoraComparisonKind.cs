namespace Microsoft.ML.Lora;

/// <summary>What a compared method trains.</summary>
public enum LoraComparisonKind
{
    /// <summary>The head alone; the base is frozen and has no adapters.</summary>
    Frozen = 0,

    /// <summary>Adapters and head; the base is frozen.</summary>
    Lora = 1,

    /// <summary>Every weight of a copy of the base, and the head.</summary>
    Full = 2,
}
