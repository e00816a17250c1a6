using System.Text;
using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.PreTokenizers;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads a Metaspace, which is a pre-tokenizer and a decoder; old files have <c>add_prefix_space</c> for the scheme.</summary>
internal static class MetaspaceReader
{
    public static MetaspacePreTokenizer ReadPreTokenizer(JsonField field)
    {
        (Rune replacement, MetaspaceScheme scheme, bool split) = Read(field);
        return new MetaspacePreTokenizer(replacement.ToString(), scheme, split);
    }

    public static MetaspaceDecoder ReadDecoder(JsonField field)
    {
        (Rune replacement, MetaspaceScheme scheme, _) = Read(field);
        return new MetaspaceDecoder(replacement, dropsFirst: scheme != MetaspaceScheme.Never);
    }

    private static (Rune Replacement, MetaspaceScheme Scheme, bool Split) Read(JsonField field)
    {
        Rune replacement = PatternReader.ReadCharacter(field.Required("replacement"));
        MetaspaceScheme scheme = MetaspaceScheme.Always;
        if (field.Optional("prepend_scheme") is JsonField name)
        {
            scheme = name.AsString() switch
            {
                "first" => MetaspaceScheme.First,
                "never" => MetaspaceScheme.Never,
                "always" => MetaspaceScheme.Always,
                _ => throw name.Wrong("'first', 'never' or 'always'"),
            };
        }

        if (field.Optional("add_prefix_space") is JsonField prefix && !prefix.AsBool() && scheme != MetaspaceScheme.Never)
            throw prefix.Wrong("true, or a prepend_scheme of 'never' beside it");
        return (replacement, scheme, field.Optional("split")?.AsBool() ?? true);
    }
}
