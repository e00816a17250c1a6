using Microsoft.ML.Lora.Text.AddedTokens;
using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.Normalizers;
using Microsoft.ML.Lora.Text.PostProcessors;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.ML.Lora.Text.Reading;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Classes;

/// <summary>BERT's: WordPiece over cleaned text, <c>[CLS] A [SEP] B [SEP]</c>. Lower case unless <c>do_lower_case</c> is false.</summary>
/// <param name="typeIds">Whether its models take type ids; DistilBERT's do not.</param>
internal sealed class BertClass(bool typeIds) : TokenizerClass
{
    private const string Prefix = "##";
    private const int LongestWord = 100;

    public override IReadOnlyList<string> InputNames => typeIds ? ["input_ids", "token_type_ids", "attention_mask"] : DefaultInputNames;

    protected override string? DefaultContent(string role) => role switch
    {
        "unk_token" => "[UNK]",
        "sep_token" => "[SEP]",
        "pad_token" => "[PAD]",
        "cls_token" => "[CLS]",
        "mask_token" => "[MASK]",
        _ => null,
    };

    public override bool Fits(TokenizerParts file) =>
        file is { Model: WordPieceModel, Normalizer: BertTextNormalizer, PreTokenizer: BertSplitter };

    /// <summary>The model of a vocabulary alone.</summary>
    public WordPieceModel Model(TokenVocabulary vocabulary, WrapperSettings settings) =>
        new(vocabulary, Content("unk_token", settings), Prefix, LongestWord);

    protected override TokenizerParts Steps(TokenizerParts parts, WrapperSettings settings) => new(
        ((WordPieceModel)parts.Model).With(Content("unk_token", settings), Prefix, LongestWord),
        new BertTextNormalizer(true, settings.ChineseCharacters ?? true, settings.StripAccents, settings.LowerCase ?? true), new BertSplitter(),
        Decoder: new WordPieceDecoder(Prefix, cleanup: true));

    protected override PostProcessor Finish(TokenizerParts parts, WrapperSettings settings, AddedVocabulary added)
    {
        string classification = Content("cls_token", settings);
        string separator = Content("sep_token", settings);
        TemplateItem start = TemplateItem.Special(classification, Id(classification, added), 0);
        TemplateItem end = TemplateItem.Special(separator, Id(separator, added), 0);
        return new TemplatePostProcessor(
            [start, TemplateItem.Text(0, 0), end], [start, TemplateItem.Text(0, 0), end, TemplateItem.Text(1, 1), end with { TypeId = 1 }]);
    }
}
