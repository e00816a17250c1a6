using System.Text.Json;
using Microsoft.ML.Lora.Text.AddedTokens;
using Microsoft.ML.Lora.Text.Classes;
using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.Normalizers;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.PostProcessors;
using Microsoft.ML.Lora.Text.PreTokenizers;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads a tokenizer.json.</summary>
internal sealed class TokenizerJsonReader
{
    private static readonly string[] s_known =
        ["version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"];

    private readonly List<AddedToken> _added = [];
    private readonly List<int> _addedIds = [];
    private readonly TokenizerParts _parts;

    /// <summary>Reads the file.</summary>
    /// <exception cref="LoraFormatException">The file is not a tokenizer.json, or has parts that are not supported.</exception>
    public TokenizerJsonReader(string file, byte[] content)
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
        if (root.Optional("added_tokens") is JsonField added)
        {
            foreach (JsonField token in added.Items())
            {
                _addedIds.Add(token.Required("id").AsCount());
                _added.Add(ReadAddedToken(token));
            }
        }

        TextNormalizer? normalizer = root.Optional("normalizer") is JsonField first ? NormalizerReader.Read(first) : null;
        TextPreTokenizer? preTokenizer = root.Optional("pre_tokenizer") is JsonField second ? PreTokenizerReader.Read(second) : null;
        PostProcessor? postProcessor = root.Optional("post_processor") is JsonField third ? PostProcessorReader.Read(third) : null;
        TokenDecoder? decoder = root.Optional("decoder") is JsonField last ? DecoderReader.Read(last) : null;
        _parts = new TokenizerParts(ModelReader.Read(root.Required("model")), normalizer, preTokenizer, postProcessor, decoder, IsFile: true);
    }

    public HuggingFaceTruncation? Truncation { get; }

    public HuggingFacePadding? Padding { get; }

    /// <summary>
    /// Puts the parts together, as the settings' class makes them where it has rules that fit. Else they are as the file has them, and the
    /// settings' tokens are added after the file's.
    /// </summary>
    public TokenizerPipeline Build(WrapperSettings settings)
    {
        settings.FillIn(Truncation, Padding);
        if (settings.Class is { } rules && rules.Fits(_parts))
            return rules.Make(_parts, ById(), settings);
        var tokens = new DistinctTokens(_added);
        if (settings.DecidesFlags)
            tokens.Replace(settings.Added);
        tokens.AddNew(settings.Added);
        tokens.AddSpecial(settings.Special(rules: null), settings.FurtherSpecial(rules: null));
        return new TokenizerPipeline(
            _parts.Normalizer, _parts.PreTokenizer, _parts.Model, _parts.PostProcessor, _parts.Decoder,
            new AddedVocabulary(tokens, _parts.Model, _parts.Normalizer, settings.SplitsSpecialTokens));
    }

    /// <summary>The added tokens as a class takes them: in the order of their ids, of which the last of equal ones counts.</summary>
    private List<AddedToken> ById()
    {
        var tokens = new SortedDictionary<int, AddedToken>();
        for (int i = 0; i < _added.Count; i++)
            tokens[_addedIds[i]] = _added[i];
        return [.. tokens.Values];
    }

    private static AddedToken ReadAddedToken(JsonField field) => new(
        SpecialTokenSettings.ReadContent(field.Required("content")), field.Required("single_word").AsBool(), field.Required("lstrip").AsBool(),
        field.Required("rstrip").AsBool(), field.Required("normalized").AsBool(), field.Required("special").AsBool());
}
