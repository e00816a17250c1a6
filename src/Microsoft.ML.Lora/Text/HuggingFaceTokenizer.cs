using System.Buffers;
using Microsoft.ML.Lora.Text.Classes;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Reading;
using Microsoft.ML.Lora.Text.TokenModels;
using Microsoft.ML.Lora.Text.Unicode;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Lora.Text;

/// <summary>
/// A tokenizer read from the files that Hugging Face's libraries write (<c>tokenizer.json</c>, or a vocabulary with
/// <c>tokenizer_config.json</c>), exact to them: ids, offsets and everything else. Immutable; may be used by many threads at once.
/// </summary>
/// <remarks>
/// The members of <see cref="Tokenizer"/> give the tokens of the text alone, without the special tokens that
/// <see cref="Encode(string, string?, bool)"/> adds, and their offsets count UTF-16 units of the text as it was given: no normalized
/// text is returned.
/// </remarks>
public sealed partial class HuggingFaceTokenizer : Tokenizer
{
    private readonly TokenizerPipeline _pipeline;
    private readonly WrapperSettings _settings;

    private HuggingFaceTokenizer(
        TokenizerPipeline pipeline, WrapperSettings settings, IReadOnlyList<(string Name, byte[] Content)> files,
        HuggingFaceTruncation? truncation, HuggingFacePadding? padding)
    {
        _pipeline = pipeline;
        _settings = settings;
        Files = files;
        Truncation = truncation;
        Padding = padding;
    }

    /// <summary>The files it was made from, with their contents: <see cref="Load(IEnumerable{ValueTuple{string, byte[]}})"/> makes the same one.</summary>
    public IReadOnlyList<(string Name, byte[] Content)> Files { get; }

    /// <summary>How texts that are too long are shortened; null = not at all.</summary>
    public HuggingFaceTruncation? Truncation { get; }

    /// <summary>How encodings are made equally long; null = not at all.</summary>
    public HuggingFacePadding? Padding { get; }

    /// <summary>Number of tokens, added ones included.</summary>
    public int VocabularySize => _pipeline.Model.VocabularySize + _pipeline.Added.NewCount;

    /// <summary>Most tokens the model takes as <c>tokenizer_config.json</c> says; null where it does not.</summary>
    public int? ModelMaxLength => _settings.MaxLength;

    /// <summary>The side that <c>tokenizer_config.json</c> wants texts to be cut at.</summary>
    public HuggingFaceSide TruncationSide => _settings.TruncationSide ?? HuggingFaceSide.Right;

    /// <summary>The side that <c>tokenizer_config.json</c> wants padding on; where it does not say, the one that the class pads on.</summary>
    public HuggingFaceSide PaddingSide => _settings.PaddingSide ?? _settings.Class?.PaddingSide ?? HuggingFaceSide.Right;

    internal TokenizerPipeline Pipeline => _pipeline;

    internal WrapperSettings Settings => _settings;

    /// <summary>How many special tokens a pair of texts gets.</summary>
    internal int PairSpecialTokens => _pipeline.PostProcessor?.AddedTokens(isPair: true) ?? 0;

    /// <summary>Reads a tokenizer from a folder.</summary>
    /// <param name="directory">The folder, as a model hub lays it out.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="LoraFormatException">The files that are needed are missing, damaged, or name a component that is not supported.</exception>
    public static HuggingFaceTokenizer Load(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return Load(TokenizerFiles.FromFolder(directory));
    }

    /// <summary>Makes a tokenizer from the contents of its files.</summary>
    /// <param name="files">Names (without folder) and contents; names that tokenizers do not use are ignored.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="LoraFormatException">The files that are needed are missing, damaged, or name a component that is not supported.</exception>
    public static HuggingFaceTokenizer Load(IEnumerable<(string Name, byte[] Content)> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return Load(TokenizerFiles.FromContents(files));
    }

    /// <summary>The same tokenizer with another limit.</summary>
    /// <param name="truncation">How texts that are too long are shortened; null = not at all.</param>
    /// <returns>A tokenizer that shares its vocabulary with this one.</returns>
    /// <exception cref="ArgumentException">The length or the stride is negative, or the stride is larger than what special tokens leave of the length.</exception>
    public HuggingFaceTokenizer WithTruncation(HuggingFaceTruncation? truncation)
    {
        if (truncation is not null)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(truncation.MaxLength, nameof(truncation));
            ArgumentOutOfRangeException.ThrowIfNegative(truncation.Stride, nameof(truncation));
            int special = _pipeline.PostProcessor?.AddedTokens(isPair: false) ?? 0;
            int room = truncation.MaxLength - special;
            if (room >= 0 && truncation.Stride > room)
            {
                throw new ArgumentException(
                    $"The stride {truncation.Stride} is larger than the {room} tokens that {special} special tokens leave of the length {truncation.MaxLength}.",
                    nameof(truncation));
            }
        }

        return new HuggingFaceTokenizer(_pipeline, _settings, Files, truncation, Padding);
    }

    /// <summary>The same tokenizer with other padding.</summary>
    /// <param name="padding">How encodings are made equally long; null = not at all.</param>
    /// <returns>A tokenizer that shares its vocabulary with this one.</returns>
    public HuggingFaceTokenizer WithPadding(HuggingFacePadding? padding) => new(_pipeline, _settings, Files, Truncation, padding);

    /// <summary>Encodes a text or a pair of texts, with <see cref="Truncation"/> and <see cref="Padding"/> applied.</summary>
    /// <param name="text">The text. Halves of surrogate pairs count as U+FFFD.</param>
    /// <param name="pair">The second text of a pair, or null.</param>
    /// <param name="addSpecialTokens">Whether special tokens are added, such as BERT's <c>[CLS]</c> and <c>[SEP]</c>.</param>
    /// <returns>The tokens with all that is known of them.</returns>
    /// <exception cref="InvalidOperationException">The text has an unknown piece and the vocabulary no token for such,
    /// or the truncation that is asked for is not possible.</exception>
    public HuggingFaceEncoding Encode(string text, string? pair = null, bool addSpecialTokens = true)
    {
        HuggingFaceEncoding encoding = EncodeWithoutPadding(text, pair, addSpecialTokens);
        Padding?.Apply([encoding]);
        return encoding;
    }

    /// <summary>Encodes several texts or pairs; padding to the longest looks at all of them.</summary>
    /// <param name="texts">The texts, each with the second text of its pair or null.</param>
    /// <param name="addSpecialTokens">Whether special tokens are added.</param>
    /// <returns>One encoding per text, in order.</returns>
    /// <exception cref="InvalidOperationException">As for <see cref="Encode(string, string?, bool)"/>.</exception>
    public IReadOnlyList<HuggingFaceEncoding> EncodeBatch(IEnumerable<(string Text, string? Pair)> texts, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var encodings = new List<HuggingFaceEncoding>();
        foreach ((string text, string? pair) in texts)
        {
            HuggingFaceEncoding encoding = EncodeWithoutPadding(text, pair, addSpecialTokens);

            // As in Hugging Face's library, each text is padded for itself first, which shows where its own overflow is the longest.
            Padding?.Apply([encoding]);
            encodings.Add(encoding);
        }

        if (encodings.Count > 0)
            Padding?.Apply(encodings);
        return encodings;
    }

    /// <summary>The id of a token's text, or null.</summary>
    /// <param name="token">The token's text, as the files give it.</param>
    /// <returns>The id.</returns>
    public int? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _pipeline.Added.TryGetId(token, out int id) || _pipeline.Model.TryGetId(token, out id) ? id : null;
    }

    /// <summary>The text of a token's id, as the files give it, or null.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The token's text.</returns>
    public string? IdToToken(int id) => _pipeline.GetToken(id);

    /// <summary>
    /// Turns ids back into text. Where <c>tokenizer_config.json</c> asks for it (<c>clean_up_tokenization_spaces</c>), the blanks before punctuation
    /// go, but not with BPE, whose blanks are the text's own.
    /// </summary>
    /// <param name="ids">The ids; those that the vocabulary does not have are passed over.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <param name="cleanUpSpaces">Whether the blanks before punctuation go; null = as <c>tokenizer_config.json</c> says.</param>
    /// <returns>The text.</returns>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens, bool? cleanUpSpaces = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        string text = _pipeline.Decode(ids, skipSpecialTokens);
        return (cleanUpSpaces ?? _settings.CleansUpSpaces) && (_settings.CleansUpBytePairs || _pipeline.Model is not BpeModel) ? CleanUpSpaces(text) : text;
    }

    private static HuggingFaceTokenizer Load(TokenizerFiles files)
    {
        UnicodeTables.Prepare();
        WrapperSettings settings = WrapperSettings.Read(files);
        if (files.Read(TokenizerFiles.TokenizerJson) is byte[] json)
        {
            var reader = new TokenizerJsonReader(files.Display(TokenizerFiles.TokenizerJson), json);
            TokenizerPipeline pipeline = reader.Build(settings);
            return new HuggingFaceTokenizer(pipeline, settings, files.Used, reader.Truncation, reader.Padding);
        }

        if (Array.Find(TokenizerFiles.SentencePieceModels, files.Has) is string model && settings.Class is not BertClass)
        {
            TokenizerPipeline pipeline = SentencePieceReader.Read(files.Display(model), files.Read(model)!, settings);
            return new HuggingFaceTokenizer(pipeline, settings, files.Used, null, null);
        }

        if (settings.Class is Gpt2Class && files.Has(TokenizerFiles.VocabJson) && files.Has(TokenizerFiles.Merges))
            return new HuggingFaceTokenizer(BytePairVocabularyReader.Read(files, settings), settings, files.Used, null, null);

        if (!files.Has(TokenizerFiles.VocabText))
            throw files.Missing("has no file that a tokenizer can be made from");
        if (settings.Class is not BertClass rules)
            throw files.Missing($"does not say which tokenizer {TokenizerFiles.VocabText} is for{(settings.ClassName is null ? "" : $" ('{settings.ClassName}' is not a class that it fits)")}");
        TokenizerPipeline bert = BertVocabularyReader.Read(
            files.Display(TokenizerFiles.VocabText), files.Read(TokenizerFiles.VocabText)!, rules, settings);
        return new HuggingFaceTokenizer(bert, settings, files.Used, null, null);
    }

    private HuggingFaceEncoding EncodeWithoutPadding(string text, string? pair, bool addSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        HuggingFaceEncoding first = _pipeline.Encode(text, 0);
        first.Source = text;
        HuggingFaceEncoding? second = pair is null ? null : _pipeline.Encode(pair, 1);
        if (second is not null)
            second.Source = pair!;
        return _pipeline.Finish(first, second, addSpecialTokens, Truncation);
    }
}
