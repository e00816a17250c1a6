namespace Microsoft.ML.Lora.Text;

/// <summary>A text or a pair of texts as a model takes it.</summary>
/// <param name="Ids">Token ids, special tokens included.</param>
/// <param name="TypeIds">Type id of each token; null = all 0.</param>
/// <param name="Truncated">Whether the text was too long and has been shortened.</param>
internal readonly record struct TokenizedText(int[] Ids, byte[]? TypeIds, bool Truncated);
