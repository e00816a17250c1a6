namespace Microsoft.ML.Lora.Text;

/// <summary>How encodings are made equally long.</summary>
/// <param name="Length">The length to pad to; null = the longest of the batch.</param>
/// <param name="Direction">The side that is padded.</param>
/// <param name="MultipleOf">Round the length up to a multiple; null or 0 = as it is.</param>
/// <param name="Id">Id of the padding token.</param>
/// <param name="TypeId">Type id of the padding token.</param>
/// <param name="Token">Text of the padding token.</param>
public sealed record HuggingFacePadding(
    int? Length = null,
    HuggingFaceSide Direction = HuggingFaceSide.Right,
    int? MultipleOf = null,
    int Id = 0,
    int TypeId = 0,
    string Token = "[PAD]")
{
    internal void Apply(IReadOnlyList<HuggingFaceEncoding> encodings)
    {
        int length = Length ?? encodings.Max(encoding => encoding.Count);
        if (MultipleOf is > 0 && length % MultipleOf.Value != 0)
            length += MultipleOf.Value - (length % MultipleOf.Value);
        foreach (HuggingFaceEncoding encoding in encodings)
            encoding.Pad(length, Id, TypeId, Token, Direction == HuggingFaceSide.Left);
    }
}
