namespace Microsoft.ML.Lora.Kernels;

/// <summary>Rows of one length within packed projections.</summary>
/// <param name="FirstToken">Where the rows begin.</param>
/// <param name="Rows">How many.</param>
/// <param name="Length">Tokens a row.</param>
/// <param name="Keys">One key per row, head and query for dropout of the probabilities, or null for none.</param>
internal readonly record struct AttentionBlock(int FirstToken, int Rows, int Length, ulong[]? Keys)
{
    /// <summary>Of keys per row, head and query those of the first queries.</summary>
    public static ulong[] FirstKeys(ulong[] keys, int length) => [.. Enumerable.Range(0, keys.Length / length).Select(i => keys[i * length])];
}
