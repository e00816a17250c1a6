using System.Text;
using Microsoft.ML.Lora.Text.AddedTokens;
using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.Normalizers;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.PostProcessors;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Makes BERT's tokenizer from a vocab.txt, as the transformers library does.</summary>
internal static class BertVocabularyReader
{
    private static readonly string[] s_classes = ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer"];

    public static bool Makes(string? className) => s_classes.Contains(className);

    public static TokenizerPipeline Read(string file, byte[] content, WrapperSettings settings)
    {
        TokenVocabulary vocabulary = ReadVocabulary(file, content);
        AddedToken[] special =
        [
            Special("unk_token", "[UNK]"), Special("sep_token", "[SEP]"), Special("pad_token", "[PAD]"), Special("cls_token", "[CLS]"),
            Special("mask_token", "[MASK]"),
        ];
        bool lower = settings.LowerCase ?? true;
        var model = new WordPieceModel(vocabulary, special[0].Content, "##", 100);
        var normalizer = new BertTextNormalizer(true, settings.ChineseCharacters ?? true, settings.StripAccents, lower);

        // Flags in added_tokens_decoder stand over the default ones of a special token.
        var added = new AddedVocabulary(settings.TokensOver(special), model, normalizer);
        string separator = special[1].Content;
        string classification = special[3].Content;
        var end = TemplateItem.Special(separator, Id(separator), 0);
        var start = TemplateItem.Special(classification, Id(classification), 0);
        var processor = new TemplatePostProcessor(
            [start, TemplateItem.Text(0, 0), end], [start, TemplateItem.Text(0, 0), end, TemplateItem.Text(1, 1), end with { TypeId = 1 }]);
        return new TokenizerPipeline(normalizer, new BertSplitter(), model, processor, new WordPieceDecoder("##", cleanup: true), added);

        AddedToken Special(string role, string otherwise) => settings.Special.GetValueOrDefault(role) ?? AddedToken.SpecialOf(otherwise);

        int Id(string token) => added.TryGetId(token, out int id) ? id : 0;
    }

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
