namespace Microsoft.ML.Tokenizers;

/// <summary>One token of an encoded text: its id, its text and the range of the encoded text that it came from.</summary>
public readonly struct EncodedToken : IEquatable<EncodedToken>
{
    public EncodedToken(int id, string value, Range offset)
    {
        Id = id;
        Value = value;
        Offset = offset;
    }

    public int Id { get; }

    public string Value { get; }

    public Range Offset { get; }

    public bool Equals(EncodedToken other) => other.Id == Id && other.Value == Value && other.Offset.Equals(Offset);
}
