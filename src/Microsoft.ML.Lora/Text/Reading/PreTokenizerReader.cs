using Microsoft.ML.Lora.Text.PreTokenizers;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads the <c>pre_tokenizer</c> part of a tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    private const string Known = "BertPreTokenizer, Sequence, Whitespace or WhitespaceSplit";

    public static TextPreTokenizer Read(JsonField field)
    {
        string type = field.TypeName();
        return type switch
        {
            "BertPreTokenizer" => new BertSplitter(),
            "Sequence" => new SequencePreTokenizer([.. field.Required("pretokenizers").Items().Select(Read)]),
            "Whitespace" => new WordSplitter(),
            "WhitespaceSplit" => new WhiteSpaceSplitter(),
            _ => throw field.Required("type").Unknown("pre-tokenizer", Known),
        };
    }
}
