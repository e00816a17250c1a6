using Microsoft.ML.Lora.Text.Patterns;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads the <c>pre_tokenizer</c> part of a tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    private const string Known = "BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, FixedLength, Metaspace, Punctuation, Sequence, Split, UnicodeScripts, Whitespace or WhitespaceSplit";

    public static TextPreTokenizer Read(JsonField field)
    {
        string type = field.TypeName();
        return type switch
        {
            "BertPreTokenizer" => new BertSplitter(),
            "ByteLevel" => ReadByteLevel(field),
            "CharDelimiterSplit" => new PatternSplitter(
                new LiteralPattern(PatternReader.ReadCharacter(field.Required("delimiter")).ToString()), SplitBehavior.Removed),
            "Digits" => new PatternSplitter(
                new CodePointPattern(CodePoint.IsNumeric),
                field.Required("individual_digits").AsBool() ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
            "FixedLength" => new FixedLengthSplitter(ReadLength(field)),
            "Metaspace" => MetaspaceReader.ReadPreTokenizer(field),
            "Punctuation" => new PatternSplitter(
                new CodePointPattern(CodePoint.IsPunctuation),
                field.Optional("behavior") is JsonField behavior ? PatternReader.ReadBehavior(behavior) : SplitBehavior.Isolated),
            "Split" => new PatternSplitter(
                PatternReader.Read(field.Required("pattern")), PatternReader.ReadBehavior(field.Required("behavior")),
                field.Required("invert").AsBool()),
            "UnicodeScripts" => new ScriptSplitter(),
            "Sequence" => new SequencePreTokenizer([.. field.Required("pretokenizers").Items().Select(Read)]),
            "Whitespace" => new WordSplitter(),
            "WhitespaceSplit" => new WhiteSpaceSplitter(),
            _ => throw field.Required("type").Unknown("pre-tokenizer", Known),
        };
    }

    private static ByteLevelPreTokenizer ReadByteLevel(JsonField field)
    {
        _ = field.Required("trim_offsets").AsBool();
        return new ByteLevelPreTokenizer(field.Required("add_prefix_space").AsBool(), field.Optional("use_regex")?.AsBool() ?? true);
    }

    private static int ReadLength(JsonField field)
    {
        int length = field.Optional("length")?.AsCount() ?? 5;
        return length > 0 ? length : throw field.Required("length").Wrong("a number above 0");
    }
}
