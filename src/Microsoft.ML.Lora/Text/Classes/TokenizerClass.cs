using Microsoft.ML.Lora.Text.AddedTokens;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.PostProcessors;
using Microsoft.ML.Lora.Text.Reading;

namespace Microsoft.ML.Lora.Text.Classes;

/// <summary>
/// A tokenizer class of the transformers library, version 5: it takes the vocabulary of the files, makes the steps around it itself from
/// tokenizer_config.json, and has special tokens of its own where the files name none.
/// </summary>
internal abstract class TokenizerClass
{
    private static readonly BertClass s_bert = new(typeIds: true);
    private static readonly BertClass s_distilBert = new(typeIds: false);
    private static readonly RobertaClass s_roberta = new();
    private static readonly Gpt2Class s_gpt2 = new();
    private static readonly T5Class s_t5 = new();
    private static readonly LlamaClass s_llama = new();

    /// <summary>What models take where neither their class nor the files say.</summary>
    public static IReadOnlyList<string> DefaultInputNames => ["input_ids", "attention_mask"];

    /// <summary>The names of what a model of the class takes.</summary>
    public virtual IReadOnlyList<string> InputNames => DefaultInputNames;

    /// <summary>Whether a tokenizer.json's padding names the padding token where nothing else does.</summary>
    public virtual bool TakesPaddingToken => true;

    /// <summary>The side that padding goes to where the files do not say.</summary>
    public virtual HuggingFaceSide PaddingSide => HuggingFaceSide.Right;

    /// <summary>The class of a name (without <c>Fast</c>), or null for one that has no rules here.</summary>
    public static TokenizerClass? Find(string? name) => name switch
    {
        "BertTokenizer" or "ElectraTokenizer" or "MobileBertTokenizer" => s_bert,
        "DistilBertTokenizer" => s_distilBert,
        "RobertaTokenizer" => s_roberta,
        "GPT2Tokenizer" => s_gpt2,
        "T5Tokenizer" => s_t5,
        "LlamaTokenizer" => s_llama,
        _ => null,
    };

    /// <summary>The class's own special token of a role (<c>unk_token</c> and so on); null = none.</summary>
    public AddedToken? DefaultToken(string role) => DefaultContent(role) is string content ? AddedToken.SpecialOf(content) : null;

    /// <summary>
    /// Whether a tokenizer.json has the kinds of steps that the class makes. One that has others (digits cut apart under GPT-2's name, bytes
    /// under Llama's) stays as it is, because its model was trained with them.
    /// </summary>
    public abstract bool Fits(TokenizerParts file);

    /// <summary>The tokenizer that the class makes.</summary>
    /// <param name="parts">The vocabulary, and what else the files have; of a tokenizer.json, one that <see cref="Fits"/>.</param>
    /// <param name="tokens">The added tokens of a tokenizer.json, in its order, or those of a sentencepiece model.</param>
    /// <param name="settings">What tokenizer_config.json says.</param>
    /// <returns>The tokenizer.</returns>
    public TokenizerPipeline Make(TokenizerParts parts, IReadOnlyList<AddedToken> tokens, WrapperSettings settings)
    {
        TokenizerParts made = Steps(parts, settings);
        var added = new AddedVocabulary(AllTokens(tokens, parts.IsFile, settings), made.Model, made.Normalizer, settings.SplitsSpecialTokens);
        return new TokenizerPipeline(made.Normalizer, made.PreTokenizer, made.Model, Finish(parts, settings, added), made.Decoder, added);
    }

    /// <summary>The text of the class's own special token of a role; null = none.</summary>
    protected abstract string? DefaultContent(string role);

    /// <summary>The class's steps around the vocabulary.</summary>
    protected abstract TokenizerParts Steps(TokenizerParts parts, WrapperSettings settings);

    /// <summary>
    /// What adds special tokens: a tokenizer.json's own, else the tokens that begin and end a text, where the settings ask for them.
    /// </summary>
    protected virtual PostProcessor? Finish(TokenizerParts parts, WrapperSettings settings, AddedVocabulary added)
    {
        AddedToken? begin = settings.AddBeginning ?? BeginsTexts ? settings.Token("bos_token", this) : null;
        AddedToken? end = settings.AddEnd ?? false ? settings.Token("eos_token", this) : null;
        if (parts.IsFile || (begin is null && end is null))
            return parts.PostProcessor;
        List<TemplateItem> single = [.. Text(0)];
        return new TemplatePostProcessor(single, [.. single, .. Text(1)]);

        IEnumerable<TemplateItem> Text(int sequence)
        {
            if (begin is not null)
                yield return TemplateItem.Special(begin.Content, Id(begin.Content, added), sequence);
            yield return TemplateItem.Text(sequence, sequence);
            if (end is not null)
                yield return TemplateItem.Special(end.Content, Id(end.Content, added), sequence);
        }
    }

    /// <summary>Whether a text begins with a special token where the settings do not say and no tokenizer.json tells.</summary>
    protected virtual bool BeginsTexts => false;

    /// <summary>Special tokens without a name: those of special_tokens_map.json (null = none are named), with what the class adds to them.</summary>
    public virtual IReadOnlyList<AddedToken>? FurtherTokens(IReadOnlyList<AddedToken>? named, WrapperSettings settings) => named;

    /// <summary>The content of a role's token: the settings', or the class's own.</summary>
    protected string Content(string role, WrapperSettings settings) => settings.Token(role, this)?.Content ?? DefaultContent(role) ?? "";

    protected static int Id(string content, AddedVocabulary added) => added.TryGetId(content, out int id) ? id : 0;

    /// <summary>
    /// Tokens with ids first (those of tokenizer_config.json where it has them: a tokenizer.json's own are not looked at then), next those with a
    /// role, in the order of the roles, then further special ones. What has a role is special, whatever is said of it.
    /// </summary>
    private DistinctTokens AllTokens(IReadOnlyList<AddedToken> tokens, bool isFile, WrapperSettings settings)
    {
        var all = new DistinctTokens(isFile && settings.DecidesFlags ? [] : tokens);
        if (settings.DecidesFlags)
            all.Replace(settings.Added);
        all.AddNew(settings.Added);
        all.AddSpecial(settings.Special(this), settings.FurtherSpecial(this));
        return all;
    }
}
