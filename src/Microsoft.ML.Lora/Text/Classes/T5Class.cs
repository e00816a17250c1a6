using System.Text;
using Microsoft.ML.Lora.Text.AddedTokens;
using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.Normalizers;
using Microsoft.ML.Lora.Text.PostProcessors;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.ML.Lora.Text.Reading;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Classes;

/// <summary>
/// T5's: a unigram model whose token 2 is the unknown one, sentencepiece's character map and blanks between words; <c>A &lt;/s&gt; B &lt;/s&gt;</c>;
/// and <c>extra_ids</c> sentinels.
/// </summary>
internal sealed class T5Class : TokenizerClass
{
    private const string Blank = "\u2581";
    private const int UnknownId = 2;

    protected override string? DefaultContent(string role) => role switch
    {
        "eos_token" => "</s>",
        "unk_token" => "<unk>",
        "pad_token" => "<pad>",
        _ => null,
    };

    public override bool Fits(TokenizerParts file) =>
        file.Model is UnigramModel { VocabularySize: > UnknownId }
        && file.PreTokenizer is MetaspacePreTokenizer or SequencePreTokenizer { Parts: [WhiteSpaceSplitter, MetaspacePreTokenizer] };

    /// <summary>How many sentinels there are.</summary>
    public static int Sentinels(WrapperSettings settings) => settings.ExtraIds ?? 100;

    /// <summary>The text of a sentinel.</summary>
    public static string Sentinel(int number) => $"<extra_id_{number}>";

    public override IReadOnlyList<AddedToken> FurtherTokens(IReadOnlyList<AddedToken>? named, WrapperSettings settings)
    {
        int sentinels = Sentinels(settings);
        int found = named?.Count(token => token.Content.Contains("<extra_id_", StringComparison.Ordinal)) ?? 0;
        if (found == 0)
            return [.. named ?? [], .. Enumerable.Range(0, sentinels).Select(number => AddedToken.SpecialOf(Sentinel(number)))];
        return sentinels == 0 || found == sentinels ? named! : throw new LoraFormatException(
            TokenizerFiles.SpecialTokensMap, "does not name the sentinels <extra_id_0>, <extra_id_1> and so on that tokenizer_config.json asks for",
            "/additional_special_tokens", found: $"{found} of them", expected: $"{sentinels}, which is extra_ids, or none");
    }

    protected override TokenizerParts Steps(TokenizerParts parts, WrapperSettings settings) => new(
        parts.IsFile ? ((UnigramModel)parts.Model).With(UnknownId, byteFallback: false) : parts.Model,
        parts.Normalizer switch
        {
            PrecompiledNormalizer map => map,
            SequenceNormalizer several => several.Parts.OfType<PrecompiledNormalizer>().FirstOrDefault(),
            _ => null,
        },
        new SequencePreTokenizer([new WhiteSpaceSplitter(), new MetaspacePreTokenizer(Blank, MetaspaceScheme.Always, split: true)]),
        Decoder: new MetaspaceDecoder(new Rune(Blank[0]), dropsFirst: true));

    protected override PostProcessor Finish(TokenizerParts parts, WrapperSettings settings, AddedVocabulary added)
    {
        string end = Content("eos_token", settings);
        TemplateItem close = TemplateItem.Special(end, Id(end, added), 0);
        return new TemplatePostProcessor([TemplateItem.Text(0, 0), close], [TemplateItem.Text(0, 0), close, TemplateItem.Text(1, 0), close]);
    }
}
