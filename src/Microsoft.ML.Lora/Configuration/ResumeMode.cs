namespace Microsoft.ML.Lora;

/// <summary>What to do with a checkpoint of the same training (same rows, options, seed and base model).</summary>
public enum ResumeMode
{
    /// <summary>Go on from it where there is one, else begin.</summary>
    Auto = 0,

    /// <summary>Begin anew; an old checkpoint is overwritten by the first new one.</summary>
    Never = 1,

    /// <summary>Go on from it; an error where there is none.</summary>
    Required = 2,
}
