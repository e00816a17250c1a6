namespace Microsoft.ML.Lora;

/// <summary>A text to classify, and the key of the adapter that does it.</summary>
/// <param name="Key">The adapter.</param>
/// <param name="Sentence1">The text.</param>
/// <param name="Sentence2">The second text, where pairs are classified.</param>
public readonly record struct LoraTextRequest(string Key, string Sentence1, string? Sentence2 = null);
