using Microsoft.ML.Lora.Text.Normalizers;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads the <c>normalizer</c> part of a tokenizer.json.</summary>
internal static class NormalizerReader
{
    private const string Known = "BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Precompiled, Prepend, Replace, Sequence, Strip or StripAccents";

    public static TextNormalizer Read(JsonField field)
    {
        string type = field.TypeName();
        return type switch
        {
            "BertNormalizer" => ReadBert(field),
            "ByteLevel" => new ByteLevelNormalizer(),
            "Lowercase" => new LowercaseNormalizer(),
            "NFC" => new UnicodeFormNormalizer(compatibility: false, compose: true),
            "NFD" => new UnicodeFormNormalizer(compatibility: false, compose: false),
            "NFKC" => new UnicodeFormNormalizer(compatibility: true, compose: true),
            "NFKD" => new UnicodeFormNormalizer(compatibility: true, compose: false),
            "Nmt" => new NmtNormalizer(),
            "Precompiled" => ReadPrecompiled(field.Required("precompiled_charsmap")),
            "Prepend" => new PrependNormalizer(field.Required("prepend").AsString()),
            "Replace" => new ReplaceNormalizer(PatternReader.Read(field.Required("pattern")), field.Required("content").AsString()),
            "Sequence" => new SequenceNormalizer([.. field.Required("normalizers").Items().Select(Read)]),
            "Strip" => new StripNormalizer(field.Required("strip_left").AsBool(), field.Required("strip_right").AsBool()),
            "StripAccents" => new StripAccentsNormalizer(),
            _ => throw field.Required("type").Unknown("normalizer", Known),
        };
    }

    private static PrecompiledNormalizer ReadPrecompiled(JsonField field)
    {
        try
        {
            return new PrecompiledNormalizer(new CharacterMap(Convert.FromBase64String(field.AsString())));
        }
        catch (FormatException e) when (e is not LoraFormatException)
        {
            throw new LoraFormatException(field.File, $"is not a character map: {e.Message}", field.Path, inner: e);
        }
    }

    private static BertTextNormalizer ReadBert(JsonField field) => new(
        field.Required("clean_text").AsBool(), field.Required("handle_chinese_chars").AsBool(), field.Optional("strip_accents")?.AsBool(),
        field.Required("lowercase").AsBool());
}
