using Microsoft.ML.Lora.Text.AddedTokens;
using Microsoft.ML.Lora.Text.PostProcessors;
using Microsoft.ML.Lora.Text.Reading;

namespace Microsoft.ML.Lora.Text.Classes;

/// <summary>RoBERTa's: GPT-2's steps, <c>&lt;s&gt; A &lt;/s&gt;&lt;/s&gt; B &lt;/s&gt;</c>, and offsets without white space unless <c>trim_offsets</c> is false.</summary>
internal sealed class RobertaClass : Gpt2Class
{
    protected override string? DefaultContent(string role) => role switch
    {
        "bos_token" or "cls_token" => "<s>",
        "eos_token" or "sep_token" => "</s>",
        "unk_token" => "<unk>",
        "pad_token" => "<pad>",
        "mask_token" => "<mask>",
        _ => null,
    };

    protected override PostProcessor Finish(TokenizerParts parts, WrapperSettings settings, AddedVocabulary added)
    {
        string separator = Content("sep_token", settings);
        string classification = Content("cls_token", settings);
        return new RobertaPostProcessor(
            separator, Id(separator, added), classification, Id(classification, added), settings.TrimOffsets ?? true, settings.AddPrefixSpace ?? false);
    }
}
