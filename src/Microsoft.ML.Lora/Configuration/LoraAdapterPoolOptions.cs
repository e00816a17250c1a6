using Microsoft.ML.Lora.Configuration;

namespace Microsoft.ML.Lora;

/// <summary>How a <see cref="LoraAdapterPool"/> works. Copied when the pool is made.</summary>
public sealed class LoraAdapterPoolOptions
{
    /// <summary>The format the shared base model computes in; adapters are kept in it too.</summary>
    /// <value>Default <see cref="ComputeType.Auto"/>: bfloat16 where the hardware has it, else float32.</value>
    public ComputeType ComputeType { get; set; } = ComputeType.Auto;

    /// <summary>Score each row by itself, so that its scores are the same to the last bit whatever else is scored at the time. Slower.</summary>
    /// <value>Default false.</value>
    public bool Deterministic { get; set; }

    /// <summary>
    /// What a key without an adapter does: false: an error, and no row of the call is scored; true: the row gets an empty label and no scores, and
    /// the other rows are not harmed.
    /// </summary>
    /// <value>Default false.</value>
    public bool AllowUnknownKeys { get; set; }

    /// <summary>Longest row in tokens for adapters that come without such a limit (folders of PEFT); longer texts are cut.</summary>
    /// <value>At least 8; default null: what base model and tokenizer take.</value>
    public int? MaxLength { get; set; }

    /// <summary>A checked copy.</summary>
    /// <exception cref="ArgumentException">Something is not valid; the message names every problem.</exception>
    internal LoraAdapterPoolOptions CheckedCopy()
    {
        var problems = new OptionProblems();
        problems.CheckEnum(nameof(ComputeType), ComputeType);
        if (MaxLength is { } length)
            problems.CheckAtLeast(nameof(MaxLength), length, 8);
        problems.ThrowIfAny("options");
        return (LoraAdapterPoolOptions)MemberwiseClone();
    }
}
