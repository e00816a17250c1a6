namespace Microsoft.ML.Lora;

/// <summary>Whether weights may be mapped from the file.</summary>
public enum BaseModelMapping
{
    /// <summary>Mapped where the stored type is the one computed in and the layout is aligned; else converted tensor by tensor.</summary>
    Auto = 0,

    /// <summary>Always copied: for files that may change or vanish while the model is in use.</summary>
    Never = 1,
}
