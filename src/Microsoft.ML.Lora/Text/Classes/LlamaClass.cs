using System.Text;
using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.Normalizers;
using Microsoft.ML.Lora.Text.Patterns;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.ML.Lora.Text.Reading;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Classes;

/// <summary>
/// Llama's: sentencepiece's BPE with bytes for unknown characters, and no unknown token: where bytes are missing, too, a character vanishes.
/// With <c>legacy</c> false the blank before a text stands at its very beginning only, not after special tokens.
/// </summary>
/// <remarks>
/// Of a tokenizer.json the class takes nothing but the vocabulary and the special tokens' template, and <c>legacy</c> is false where the settings
/// are silent. A sentencepiece model without settings keeps sentencepiece's own blanks, which is what <c>legacy</c> means.
/// </remarks>
internal sealed class LlamaClass : TokenizerClass
{
    private const string Blank = "\u2581";

    public override HuggingFaceSide PaddingSide => HuggingFaceSide.Left;

    protected override bool BeginsTexts => true;

    protected override string? DefaultContent(string role) => role switch
    {
        "bos_token" => "<s>",
        "eos_token" => "</s>",
        "unk_token" => "<unk>",
        _ => null,
    };

    public override bool Fits(TokenizerParts file) => file is
    {
        Model: BpeModel { Options: { ContinuingPrefix: null, WordSuffix: null } }, PreTokenizer: null or MetaspacePreTokenizer, Decoder: not ByteLevelDecoder,
    };

    protected override TokenizerParts Steps(TokenizerParts parts, WrapperSettings settings)
    {
        bool prefix = settings.AddPrefixSpace ?? true;
        var replace = new ReplaceDecoder(new LiteralPattern(Blank), " ");
        var decoder = new SequenceDecoder(prefix
            ? [replace, new ByteFallbackDecoder(), new FuseDecoder(), new StripDecoder(new Rune(' '), 1, 0)]
            : [replace, new ByteFallbackDecoder(), new FuseDecoder()]);
        if (!parts.IsFile && settings.Legacy != false)
        {
            var blanks = new ReplaceNormalizer(new LiteralPattern(" "), Blank);
            return new TokenizerParts(
                parts.Model, prefix ? new SequenceNormalizer([new PrependNormalizer(Blank), blanks]) : blanks, Decoder: decoder);
        }

        MetaspaceScheme scheme = !prefix ? MetaspaceScheme.Never : settings.Legacy == true ? MetaspaceScheme.Always : MetaspaceScheme.First;
        var options = new BpeOptions(null, null, null, FuseUnknown: true, ByteFallback: true, IgnoreMerges: false, NeverMerges: false);
        return new TokenizerParts(
            parts.IsFile ? ((BpeModel)parts.Model).With(options) : parts.Model,
            PreTokenizer: new MetaspacePreTokenizer(Blank, scheme, split: false), Decoder: decoder);
    }
}
