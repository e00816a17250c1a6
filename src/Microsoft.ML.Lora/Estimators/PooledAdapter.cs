using Microsoft.ML.Lora.Adapters;
using Microsoft.ML.Lora.Data;
using Microsoft.ML.Lora.Text;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>An entry of a pool.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Served">Its native side; the entry has one reference.</param>
/// <param name="Encoder">Its tokenizer, shared by all adapters with the same one.</param>
/// <param name="Pairs">Whether it classifies pairs of texts; null where its files do not say.</param>
internal sealed record PooledAdapter(string Key, ServedAdapter Served, RowEncoder Encoder, bool? Pairs)
{
    /// <summary>The row of a text.</summary>
    public AdaptedRow Encode(ReadOnlyMemory<char> sentence1, ReadOnlyMemory<char>? sentence2, out bool truncated)
    {
        if (Pairs == true && sentence2 is null)
            throw new ArgumentException($"The adapter '{Key}' classifies pairs of texts, and there is no second text.", nameof(sentence2));
        TokenizedText text = Encoder.Encode(sentence1, Pairs == false ? null : sentence2);
        truncated = text.Truncated;
        return new AdaptedRow(text.Ids, text.TypeIds, Served);
    }
}
