namespace Microsoft.ML.Lora.Models;

/// <summary>One row of model input: special tokens included, already truncated, without padding.</summary>
/// <param name="Ids">The token ids; at least one.</param>
/// <param name="TypeIds">The segment of each token, or null for all zero.</param>
/// <param name="ExampleId">Identifies the example for random numbers, whatever batch it is in.</param>
internal record TokenizedRow(int[] Ids, byte[]? TypeIds, long ExampleId)
{
    /// <summary>The position of each token, or null for what the model family computes itself.</summary>
    public int[]? Positions { get; init; }
}
