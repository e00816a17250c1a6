namespace Microsoft.ML.Lora;

/// <summary>One layer that has an adapter.</summary>
/// <param name="Module">Its path in the base model, as Hugging Face names it.</param>
/// <param name="Rank">r.</param>
/// <param name="Alpha">alpha.</param>
/// <param name="Scaling">alpha / r, or alpha / sqrt(r) with rank-stabilised scaling.</param>
/// <param name="InputFeatures">Columns of the base weight.</param>
/// <param name="OutputFeatures">Rows of the base weight.</param>
public sealed record AdaptedModule(string Module, int Rank, double Alpha, double Scaling, int InputFeatures, int OutputFeatures)
{
    /// <summary>Numbers in A and B together.</summary>
    public long ParameterCount => (long)Rank * (InputFeatures + OutputFeatures);
}
