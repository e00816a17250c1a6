namespace Microsoft.ML.Lora;

/// <summary>An adapter in a <see cref="LoraAdapterPool"/>.</summary>
/// <param name="Key">The name it is found by.</param>
/// <param name="Labels">Its classes, in the order of its scores.</param>
/// <param name="Temperature">Its calibration: logits are divided by it; 1 for none.</param>
/// <param name="Bytes">Memory that it takes beside the shared base model.</param>
public sealed record LoraAdapterInfo(string Key, IReadOnlyList<string> Labels, double Temperature, long Bytes);
