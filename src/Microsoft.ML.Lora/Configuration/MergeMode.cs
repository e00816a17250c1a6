namespace Microsoft.ML.Lora;

/// <summary>
/// Whether scoring uses private copies of the adapted matrices with the adapter added in (W + scaling * B A), which saves two products
/// per layer. The shared base model is never written.
/// </summary>
public enum MergeMode
{
    /// <summary>Merged. The copies take the memory of the adapted matrices once per loaded model.</summary>
    Auto = 0,

    /// <summary>Base and adapter are computed apart: no copies. Scores differ from merged ones by rounding only.</summary>
    Never = 1,

    /// <summary>Merged.</summary>
    Always = 2,
}
