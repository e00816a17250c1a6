using Microsoft.ML.Lora.Text.Decoders;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads the <c>decoder</c> part of a tokenizer.json.</summary>
internal static class DecoderReader
{
    private const string Known = "BPEDecoder, ByteFallback, ByteLevel, CTC, Fuse, Metaspace, Replace, Sequence, Strip or WordPiece";

    public static TokenDecoder Read(JsonField field)
    {
        string type = field.TypeName();
        return type switch
        {
            "BPEDecoder" => new BpeDecoder(field.Required("suffix").AsString()),
            "ByteFallback" => new ByteFallbackDecoder(),
            "ByteLevel" => new ByteLevelDecoder(),
            "CTC" => new CtcDecoder(
                field.Required("pad_token").AsString(), field.Required("word_delimiter_token").AsString(), field.Required("cleanup").AsBool()),
            "Fuse" => new FuseDecoder(),
            "Metaspace" => MetaspaceReader.ReadDecoder(field),
            "Replace" => new ReplaceDecoder(PatternReader.Read(field.Required("pattern")), field.Required("content").AsString()),
            "Sequence" => new SequenceDecoder([.. field.Required("decoders").Items().Select(Read)]),
            "Strip" => new StripDecoder(
                PatternReader.ReadCharacter(field.Required("content")), field.Required("start").AsCount(), field.Required("stop").AsCount()),
            "WordPiece" => new WordPieceDecoder(field.Required("prefix").AsString(), field.Required("cleanup").AsBool()),
            _ => throw field.Required("type").Unknown("decoder", Known),
        };
    }
}
