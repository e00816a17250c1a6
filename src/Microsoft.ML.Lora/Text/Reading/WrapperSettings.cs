using System.Text.Json;
using Microsoft.ML.Lora.Text.AddedTokens;
using Microsoft.ML.Lora.Text.Classes;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>
/// What tokenizer_config.json and special_tokens_map.json say beside the tokenizer itself; they are applied over it as the transformers
/// library does.
/// </summary>
internal sealed class WrapperSettings
{
    private readonly SpecialTokenSettings _special = new();
    private bool _hasConfig;
    private string? _filePaddingToken;

    private WrapperSettings()
    {
    }

    /// <summary>The class without <c>Fast</c>; null where no file names one.</summary>
    public string? ClassName { get; private set; }

    /// <summary>The rules of the class; null where it has none here, or the model's type says that a tokenizer.json stands as it is.</summary>
    public TokenizerClass? Class { get; private set; }

    public bool? LowerCase { get; private set; }

    public bool? StripAccents { get; private set; }

    public bool? ChineseCharacters { get; private set; }

    /// <summary>Most tokens the model takes; null where no file says.</summary>
    public int? MaxLength { get; private set; }

    public HuggingFaceSide? PaddingSide { get; private set; }

    public HuggingFaceSide? TruncationSide { get; private set; }

    /// <summary>Number of T5's sentinel tokens.</summary>
    public int? ExtraIds { get; private set; }

    /// <summary>Whether Llama's tokenizer begins a text with a special token.</summary>
    public bool? AddBeginning { get; private set; }

    /// <summary>Whether Llama's tokenizer ends a text with a special token.</summary>
    public bool? AddEnd { get; private set; }

    /// <summary>Whether a blank is put before a text.</summary>
    public bool? AddPrefixSpace { get; private set; }

    /// <summary>Whether RoBERTa's offsets leave out white space.</summary>
    public bool? TrimOffsets { get; private set; }

    /// <summary>Whether Llama's tokenizer puts blanks where sentencepiece does.</summary>
    public bool? Legacy { get; private set; }

    /// <summary>Whether decoded text loses the blanks before English punctuation.</summary>
    public bool CleansUpSpaces { get; private set; }

    /// <summary>Whether that holds for BPE, too, whose blanks are the text's own.</summary>
    public bool CleansUpBytePairs { get; private set; }

    /// <summary>Whether special tokens in a text are text like any other.</summary>
    public bool SplitsSpecialTokens { get; private set; }

    /// <summary>What texts are padded with: as the settings say, else the class or the tokenizer.json; null = nothing.</summary>
    public string? PaddingToken => Token("pad_token", Class)?.Content ?? (_special.TryGet("pad_token", out _) ? null : _filePaddingToken);

    /// <summary>The names of what a model takes, as a call gives them; null where no file says.</summary>
    public IReadOnlyList<string>? InputNames { get; private set; }

    /// <summary>Tokens to add, in order of their ids.</summary>
    public List<AddedToken> Added { get; } = [];

    /// <summary>True where <see cref="Added"/> comes from <c>added_tokens_decoder</c>, whose flags stand over those of a tokenizer.json.</summary>
    public bool DecidesFlags { get; private set; }

    public static WrapperSettings Read(TokenizerFiles files)
    {
        var settings = new WrapperSettings();
        if (files.Read(TokenizerFiles.TokenizerConfig) is byte[] config)
        {
            using JsonDocument document = JsonField.Parse(files.Display(TokenizerFiles.TokenizerConfig), config);
            settings._hasConfig = true;
            settings.ReadConfig(new JsonField(files.Display(TokenizerFiles.TokenizerConfig), "", null, document.RootElement));
        }

        // added_tokens_decoder took the place of these two files.
        if (!settings.DecidesFlags && files.Read(TokenizerFiles.SpecialTokensMap) is byte[] map)
        {
            using JsonDocument document = JsonField.Parse(files.Display(TokenizerFiles.SpecialTokensMap), map);
            settings._special.ReadMap(new JsonField(files.Display(TokenizerFiles.SpecialTokensMap), "", null, document.RootElement));
        }

        if (!settings.DecidesFlags && files.Read(TokenizerFiles.AddedTokens) is byte[] added)
        {
            using JsonDocument document = JsonField.Parse(files.Display(TokenizerFiles.AddedTokens), added);
            settings.ReadAdded(new JsonField(files.Display(TokenizerFiles.AddedTokens), "", null, document.RootElement));
        }

        settings.Choose(files);
        return settings;
    }

    /// <summary>The special token of a role (<c>unk_token</c> and so on): the settings', else a class's own; null = none.</summary>
    public AddedToken? Token(string role, TokenizerClass? rules) => _special.TryGet(role, out AddedToken? token) ? token : rules?.DefaultToken(role);

    /// <summary>The special tokens with a role or a name, in the order in which they are added, those of a class included.</summary>
    public IReadOnlyList<NamedToken> Special(TokenizerClass? rules)
    {
        var all = new List<NamedToken>();
        foreach (string role in SpecialTokenSettings.Roles)
        {
            if (Token(role, rules) is AddedToken token)
                all.Add(new NamedToken(role, token));
        }

        all.AddRange(_special.Named);
        return all;
    }

    /// <summary>The special tokens without a name, in order: the settings', else a class's own.</summary>
    public IReadOnlyList<AddedToken> FurtherSpecial(TokenizerClass? rules) =>
        _special.Further ?? rules?.FurtherTokens(_special.AdditionalInMap, this) ?? _special.AdditionalInMap ?? [];

    /// <summary>What the settings are silent about, a tokenizer.json's own limits tell.</summary>
    public void FillIn(HuggingFaceTruncation? truncation, HuggingFacePadding? padding)
    {
        TruncationSide ??= truncation?.Direction;
        PaddingSide ??= padding?.Direction;
        if (padding is null || Class is { TakesPaddingToken: false })
            return;

        // What the library's tokenizer pads with is in its vocabulary; a file alone only names it.
        if (_hasConfig && !_special.TryGet("pad_token", out _) && Token("pad_token", Class) is null)
            _special.Set("pad_token", AddedToken.SpecialOf(padding.Token));
        _filePaddingToken = padding.Token;
    }

    /// <summary>Which class it is: the config.json may tell, or overrule tokenizer_config.json.</summary>
    private void Choose(TokenizerFiles files)
    {
        bool isFile = files.Has(TokenizerFiles.TokenizerJson);
        (string? modelType, string? named) = ReadModel(files);
        if (isFile)
        {
            Class = ModelTypes.Choose(ClassName ?? named, modelType);
            if (Class != TokenizerClass.Find(ClassName))
                files.Use(TokenizerFiles.ModelConfig);
            return;
        }

        if (ClassName is null)
        {
            files.Use(TokenizerFiles.ModelConfig);
            ClassName = modelType switch
            {
                "longt5" or "umt5" => "T5Tokenizer",
                "xlm-roberta" when files.Has(TokenizerFiles.VocabJson) => "RobertaTokenizer",
                "llama" => "LlamaTokenizer",
                _ => ModelTypes.ClassName(modelType),
            };
        }

        Class = TokenizerClass.Find(ClassName);
    }

    private static (string? ModelType, string? ClassName) ReadModel(TokenizerFiles files)
    {
        if (files.Peek(TokenizerFiles.ModelConfig) is not byte[] content)
            return (null, null);
        using JsonDocument document = JsonField.Parse(files.Display(TokenizerFiles.ModelConfig), content);
        var root = new JsonField(files.Display(TokenizerFiles.ModelConfig), "", null, document.RootElement);
        return (root.Optional("model_type")?.AsString(), WithoutFast(root.Optional("tokenizer_class")?.AsString()));
    }

    private static string? WithoutFast(string? name) => name is not null && name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^4] : name;

    private void ReadConfig(JsonField config)
    {
        ClassName = WithoutFast(config.Optional("tokenizer_class")?.AsString());
        LowerCase = config.Optional("do_lower_case")?.AsBool();
        StripAccents = config.Optional("strip_accents")?.AsBool();
        ChineseCharacters = config.Optional("tokenize_chinese_chars")?.AsBool();

        // Files write "no limit" as a huge number, sometimes with an exponent.
        if ((config.Optional("model_max_length") ?? config.Optional("max_len")) is JsonField length && length.AsDouble() is >= 1 and <= int.MaxValue)
            MaxLength = (int)length.AsDouble();
        const int MostExtraIds = 10_000;
        ExtraIds = config.Optional("extra_ids") is JsonField extra
            ? extra.AsCount() <= MostExtraIds ? extra.AsCount() : throw extra.Wrong($"a number up to {MostExtraIds}")
            : null;
        InputNames = config.Optional("model_input_names") is JsonField names ? [.. names.Items().Select(name => name.AsString())] : null;
        AddBeginning = config.Optional("add_bos_token")?.AsBool();
        AddPrefixSpace = config.Optional("add_prefix_space")?.AsBool();
        TrimOffsets = config.Optional("trim_offsets")?.AsBool();
        Legacy = config.Optional("legacy")?.AsBool();
        SplitsSpecialTokens = config.Optional("split_special_tokens")?.AsBool() ?? false;
        CleansUpBytePairs = config.Optional("clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output")?.AsBool() ?? false;
        CleansUpSpaces = config.Optional("clean_up_tokenization_spaces")?.AsBool() ?? false;
        AddEnd = config.Optional("add_eos_token")?.AsBool();
        PaddingSide = Side(config.Optional("padding_side"));
        TruncationSide = Side(config.Optional("truncation_side"));
        if (config.Optional("added_tokens_decoder") is JsonField decoder)
        {
            var tokens = new SortedDictionary<int, AddedToken>();
            foreach (JsonField token in decoder.Members())
            {
                if (!int.TryParse(token.Name, System.Globalization.NumberStyles.None, null, out int number))
                    throw token.Wrong("an id as its name");
                tokens[number] = SpecialTokenSettings.ReadToken(token, special: false);
            }

            Added.AddRange(tokens.Values);
            DecidesFlags = true;
        }

        _special.ReadConfig(config);

        // What has a role is special, whatever is said of it.
        HashSet<string>? named = Added.Count > 0 ? _special.WithName() : null;
        for (int i = 0; i < Added.Count; i++)
            Added[i] = Added[i] with { Special = Added[i].Special || named!.Contains(Added[i].Content) };
    }

    /// <summary>An object of tokens and ids, as the library wrote it when it had no flags to tell.</summary>
    private void ReadAdded(JsonField file)
    {
        HashSet<string> known = _special.WithRole();
        known.UnionWith((_special.Further ?? []).Select(token => token.Content));
        foreach (JsonField token in file.Members().OrderBy(token => token.AsCount()))
        {
            SpecialTokenSettings.CheckLength(token, token.Name!);
            bool special = known.Contains(token.Name!);
            Added.Add(new AddedToken(token.Name!, SingleWord: false, LStrip: false, RStrip: false, Normalized: !special, special));
        }
    }

    private static HuggingFaceSide? Side(JsonField? field) => field?.AsString() switch
    {
        null => null,
        "left" => HuggingFaceSide.Left,
        "right" => HuggingFaceSide.Right,
        _ => throw field.Wrong("'left' or 'right'"),
    };
}
