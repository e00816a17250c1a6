namespace Microsoft.ML.Lora.Kernels;

/// <summary>A block and where its results lie when each row has one.</summary>
/// <param name="Block">The block.</param>
/// <param name="FirstRow">How many rows the blocks before it have.</param>
internal readonly record struct PlacedBlock(AttentionBlock Block, int FirstRow);
