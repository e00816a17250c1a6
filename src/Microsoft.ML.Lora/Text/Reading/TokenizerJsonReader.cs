using System.Text.Json;
using Microsoft.ML.Lora.Text.AddedTokens;
using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.Normalizers;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.PostProcessors;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads a tokenizer.json.</summary>
internal sealed class TokenizerJsonReader
{
    private static readonly string[] s_known =
        ["version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"];

    private readonly List<AddedToken> _added;
    private readonly PostProcessor? _postProcessor;
    private readonly TokenDecoder? _decoder;
    private readonly TextPreTokenizer? _preTokenizer;
    private readonly TokenModel _model;
    private readonly TextNormalizer? _normalizer;

    /// <summary>Reads the file; <paramref name="settings"/> stand over what it says.</summary>
    /// <exception cref="LoraFormatException">The file is not a tokenizer.json, or has parts that are not supported.</exception>
    public TokenizerJsonReader(string file, byte[] content, WrapperSettings? settings)
    {
        using JsonDocument document = JsonField.Parse(file, content);
        var root = new JsonField(file, "", null, document.RootElement);
        foreach (JsonField field in root.Members())
        {
            if (!s_known.Contains(field.Name))
                throw new LoraFormatException(file, "is not a part of a tokenizer.json", field.Path, expected: string.Join(", ", s_known));
        }

        if (document.RootElement.TryGetProperty("version", out _))
        {
            JsonField version = root.Required("version");
            if (version.AsString() != "1.0")
                throw version.Wrong("'1.0'");
        }

        Truncation = root.Optional("truncation") is JsonField truncation ? LimitsReader.ReadTruncation(truncation) : null;
        Padding = root.Optional("padding") is JsonField padding ? LimitsReader.ReadPadding(padding) : null;
        _added = root.Optional("added_tokens") is JsonField added ? [.. added.Items().Select(ReadAddedToken)] : [];
        _normalizer = root.Optional("normalizer") is JsonField normalizer ? NormalizerReader.Read(normalizer, settings) : null;
        _preTokenizer = root.Optional("pre_tokenizer") is JsonField preTokenizer ? PreTokenizerReader.Read(preTokenizer) : null;
        _postProcessor = root.Optional("post_processor") is JsonField postProcessor ? PostProcessorReader.Read(postProcessor) : null;
        _decoder = root.Optional("decoder") is JsonField decoder ? DecoderReader.Read(decoder) : null;
        _model = ModelReader.Read(root.Required("model"));
    }

    public HuggingFaceTruncation? Truncation { get; }

    public HuggingFacePadding? Padding { get; }

    /// <summary>Puts the parts together; the settings' tokens are added after the file's.</summary>
    public TokenizerPipeline Build(WrapperSettings? settings)
    {
        var tokens = new List<AddedToken>(_added);
        if (settings is not null)
        {
            foreach (AddedToken token in settings.Added.Concat(settings.Special.Values).Concat(settings.AdditionalSpecial))
            {
                int known = tokens.FindIndex(known => known.Content == token.Content);
                if (known < 0)
                    tokens.Add(token);
                else if (settings.DecidesFlags && known < _added.Count && settings.Added.Contains(token))
                    tokens[known] = token;
            }
        }

        return new TokenizerPipeline(
            _normalizer, _preTokenizer, _model, _postProcessor, _decoder, new AddedVocabulary(tokens, _model, _normalizer));
    }

    private static AddedToken ReadAddedToken(JsonField field)
    {
        const int LongestToken = 1024;
        _ = field.Required("id").AsCount();
        JsonField content = field.Required("content");
        if (content.AsString().Length > LongestToken)
            throw content.Wrong($"a text of at most {LongestToken} characters");
        return new AddedToken(
            content.AsString(), field.Required("single_word").AsBool(), field.Required("lstrip").AsBool(),
            field.Required("rstrip").AsBool(), field.Required("normalized").AsBool(), field.Required("special").AsBool());
    }
}
