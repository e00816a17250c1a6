using System.Text;
using Microsoft.ML.Lora.Text.Classes;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Makes BERT's tokenizer from a vocab.txt, as the transformers library does.</summary>
internal static class BertVocabularyReader
{
    public static TokenizerPipeline Read(string file, byte[] content, BertClass rules, WrapperSettings settings) =>
        rules.Make(new TokenizerParts(rules.Model(ReadVocabulary(file, content), settings)), [], settings);

    /// <summary>One token per line; only the line break is cut; of two equal lines the later one counts.</summary>
    public static TokenVocabulary ReadVocabulary(string file, byte[] content)
    {
        string text;
        try
        {
            text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            throw new LoraFormatException(file, "is not valid UTF-8", offset: e.Index, inner: e);
        }

        var tokens = new List<string>();
        foreach (ReadOnlySpan<char> line in new LineSplitter(text))
            tokens.Add(line.ToString());
        if (tokens.Count == 0)
            throw new LoraFormatException(file, "is empty", expected: "one token per line");
        return new TokenVocabulary([.. tokens]);
    }
}
