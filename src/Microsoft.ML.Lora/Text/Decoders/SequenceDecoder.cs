namespace Microsoft.ML.Lora.Text.Decoders;

/// <summary>Several decoders, one after another.</summary>
internal sealed class SequenceDecoder(IReadOnlyList<TokenDecoder> decoders) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) =>
        decoders.Aggregate(tokens, (current, decoder) => decoder.Decode(current));
}
