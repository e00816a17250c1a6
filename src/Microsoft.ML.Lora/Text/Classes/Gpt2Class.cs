using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.ML.Lora.Text.Reading;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Classes;

/// <summary>GPT-2's: byte-level BPE, with a blank before a text where <c>add_prefix_space</c> is true.</summary>
internal class Gpt2Class : TokenizerClass
{
    /// <summary>The switches of its model: bytes all have a token, so that there is nothing unknown.</summary>
    public static BpeOptions Options { get; } = new(null, null, null, FuseUnknown: false, ByteFallback: false, IgnoreMerges: false, NeverMerges: false);

    /// <summary>Its own answer, that there is none, stands over the file's.</summary>
    public override bool TakesPaddingToken => false;

    protected override string? DefaultContent(string role) => role is "bos_token" or "eos_token" or "unk_token" ? "<|endoftext|>" : null;

    public override bool Fits(TokenizerParts file) => file is
    {
        Model: BpeModel { Options: { ContinuingPrefix: null, WordSuffix: null } }, Normalizer: null, PreTokenizer: ByteLevelPreTokenizer,
    };

    protected override TokenizerParts Steps(TokenizerParts parts, WrapperSettings settings) => new(
        ((BpeModel)parts.Model).With(Options), PreTokenizer: new ByteLevelPreTokenizer(settings.AddPrefixSpace ?? false, useRegex: true),
        Decoder: new ByteLevelDecoder());
}
