using Microsoft.ML.Lora.Text.Normalizers;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads the <c>normalizer</c> part of a tokenizer.json.</summary>
internal static class NormalizerReader
{
    private const string Known = "BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Precompiled, Prepend, Replace, Sequence, Strip or StripAccents";

    public static TextNormalizer Read(JsonField field, WrapperSettings? settings)
    {
        string type = field.TypeName();
        return type switch
        {
            "BertNormalizer" => ReadBert(field, settings),
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
            "Sequence" => new SequenceNormalizer([.. field.Required("normalizers").Items().Select(item => Read(item, settings))]),
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

    /// <summary>tokenizer_config.json stands over what the normalizer says.</summary>
    private static BertTextNormalizer ReadBert(JsonField field, WrapperSettings? settings)
    {
        bool cleanText = field.Required("clean_text").AsBool();
        bool chinese = field.Required("handle_chinese_chars").AsBool();
        bool? strip = field.Optional("strip_accents")?.AsBool();
        bool lower = field.Required("lowercase").AsBool();
        if (settings is null || !BertVocabularyReader.Makes(settings.ClassName))
            return new BertTextNormalizer(cleanText, chinese, strip, lower);
        return new BertTextNormalizer(
            cleanText, settings.ChineseCharacters ?? chinese, settings.StripAccents ?? strip, settings.LowerCase ?? lower);
    }
}
