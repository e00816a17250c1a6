using Microsoft.ML.Lora.Text.Decoders;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads the <c>decoder</c> part of a tokenizer.json.</summary>
internal static class DecoderReader
{
    private const string Known = "WordPiece";

    public static TokenDecoder Read(JsonField field)
    {
        string type = field.TypeName();
        return type switch
        {
            "WordPiece" => new WordPieceDecoder(field.Required("prefix").AsString(), field.Required("cleanup").AsBool()),
            _ => throw field.Required("type").Unknown("decoder", Known),
        };
    }
}
