using System.Text;
using Microsoft.ML.Lora.Text.AddedTokens;
using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.Normalizers;
using Microsoft.ML.Lora.Text.Patterns;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.PostProcessors;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>
/// Makes a tokenizer from a sentencepiece model: for the classes of T5 and Llama the way the transformers library converts it, else
/// sentencepiece's own steps, without special tokens.
/// </summary>
internal static class SentencePieceReader
{
    private const string Blank = "\u2581";

    public static TokenizerPipeline Read(string file, byte[] content, WrapperSettings settings)
    {
        var model = new SentencePieceFile(file, content);
        // sentencepiece itself is followed in both; conversions differ from class to class and from version to version.
        if (model.Pieces.FirstOrDefault(piece => piece.Type == SentencePieceType.Unused && (model.IsBpe || settings.ClassName is not null)
            || piece.Type == SentencePieceType.UserDefined && settings.ClassName is not null) is { Piece: not null } other)
        {
            throw new LoraFormatException(
                file, settings.ClassName is { } name ? $"has pieces that are not converted for '{name}'" : "has unused pieces, which are not supported in BPE models",
                found: $"'{other.Piece}' ({other.Type})", expected: "a tokenizer.json beside it");
        }

        return settings.ClassName switch
        {
            "T5Tokenizer" => ReadT5(model, settings),
            "LlamaTokenizer" => ReadLlama(model, settings),
            null => ReadPlain(model, settings),
            _ => throw new LoraFormatException(
                file, "cannot be converted for this class", found: $"'{settings.ClassName}'", expected: "T5Tokenizer, LlamaTokenizer or none"),
        };
    }

    private static TokenizerPipeline ReadPlain(SentencePieceFile model, WrapperSettings settings)
    {
        PieceTrie? userDefined = model.Pieces.Any(piece => piece.Type == SentencePieceType.UserDefined)
            ? new PieceTrie([.. model.Pieces.Select(piece => piece.Type == SentencePieceType.UserDefined ? piece.Piece : "")])
            : null;
        TokenModel tokens = model.IsBpe ? Bpe(model, showsSource: true, userDefined) : PlainUnigram(model);
        var normalizer = new SentencePieceNormalizer(
            Map(model), model.AddDummyPrefix, model.RemoveExtraWhiteSpace, model.EscapeWhiteSpace, model.WhiteSpaceIsSuffix, userDefined);
        var control = model.Pieces.Where(piece => piece.Type == SentencePieceType.Control).Select(piece => piece.Piece).ToHashSet();
        var decoder = new SentencePieceDecoder(
            control, model.Pieces[model.UnknownId].Piece, model.UnknownSurface, model.Pieces.Any(piece => piece.Type == SentencePieceType.Byte),
            model.AddDummyPrefix || model.RemoveExtraWhiteSpace, model.RemoveExtraWhiteSpace);
        return new TokenizerPipeline(
            normalizer, null, tokens, null, decoder, new AddedVocabulary(settings.TokensOver([]), tokens, normalizer));
    }

    /// <summary>User-defined pieces get a score that no other way to make their text reaches.</summary>
    private static UnigramModel PlainUnigram(SentencePieceFile model)
    {
        const float SmallestPositive = 1.17549435e-38f;
        double[] scores = Scores(model, 0);
        float highest = SmallestPositive;
        foreach ((_, float score, SentencePieceType type) in model.Pieces)
            highest = type == SentencePieceType.Normal ? Math.Max(highest, score) : highest;
        for (int id = 0; id < scores.Length; id++)
        {
            if (model.Pieces[id].Type == SentencePieceType.UserDefined)
                scores[id] = (Encoding.UTF8.GetByteCount(model.Pieces[id].Piece) * highest) - 0.1;
        }

        return new UnigramModel(
            Pieces(model, 0), scores, model.UnknownId, model.ByteFallback, id => model.Pieces[id].Type is SentencePieceType.Normal or SentencePieceType.UserDefined);
    }

    private static TokenizerPipeline ReadT5(SentencePieceFile model, WrapperSettings settings)
    {
        if (model.IsBpe)
            throw new LoraFormatException(model.File, "is a BPE model", expected: "a unigram model, for the class T5Tokenizer");
        int extraIds = settings.ExtraIds ?? 100;
        string[] pieces = Pieces(model, extraIds);
        var extra = new List<AddedToken>();
        for (int i = model.Pieces.Count; i < pieces.Length; i++)
        {
            pieces[i] = $"<extra_id_{pieces.Length - 1 - i}>";
            extra.Add(AddedToken.SpecialOf(pieces[i]));
        }

        var tokens = new UnigramModel(pieces, Scores(model, extraIds), model.UnknownId, byteFallback: false);
        PrecompiledNormalizer? normalizer = Map(model) is CharacterMap map ? new PrecompiledNormalizer(map) : null;
        string end = settings.Special.GetValueOrDefault("eos_token")?.Content ?? "</s>";
        if (!tokens.TryGetId(end, out int endId))
            throw new LoraFormatException(model.File, "does not have the token that ends a text", found: $"'{end}'", expected: "a piece of the model");
        TemplateItem close = TemplateItem.Special(end, endId, 0);
        AddedToken[] special =
        [
            settings.Special.GetValueOrDefault("pad_token") ?? AddedToken.SpecialOf("<pad>"),
            settings.Special.GetValueOrDefault("eos_token") ?? AddedToken.SpecialOf("</s>"),
            settings.Special.GetValueOrDefault("unk_token") ?? AddedToken.SpecialOf("<unk>"),
        ];
        return new TokenizerPipeline(
            normalizer,
            new SequencePreTokenizer([new WhiteSpaceSplitter(), new MetaspacePreTokenizer(Blank, MetaspaceScheme.Always, split: true)]),
            tokens,
            new TemplatePostProcessor([TemplateItem.Text(0, 0), close], [TemplateItem.Text(0, 0), close, TemplateItem.Text(1, 0), close]),
            new MetaspaceDecoder(new Rune('\u2581'), dropsFirst: true),
            new AddedVocabulary(settings.TokensOver([.. special, .. extra]), tokens, normalizer));
    }

    private static TokenizerPipeline ReadLlama(SentencePieceFile model, WrapperSettings settings)
    {
        if (!model.IsBpe)
            throw new LoraFormatException(model.File, "is a unigram model", expected: "a BPE model, for the class LlamaTokenizer");
        BpeModel tokens = Bpe(model, showsSource: false);
        var normalizer = new SequenceNormalizer([new PrependNormalizer(Blank), new ReplaceNormalizer(new LiteralPattern(" "), Blank)]);
        AddedToken begin = settings.Special.GetValueOrDefault("bos_token") ?? AddedToken.SpecialOf("<s>");
        AddedToken end = settings.Special.GetValueOrDefault("eos_token") ?? AddedToken.SpecialOf("</s>");
        AddedToken unknown = settings.Special.GetValueOrDefault("unk_token") ?? AddedToken.SpecialOf("<unk>");
        var added = new AddedVocabulary(settings.TokensOver([unknown, begin, end]), tokens, normalizer);
        List<TemplateItem> single = [.. Text(0)];
        List<TemplateItem> pair = [.. single, .. Text(1)];
        var decoder = new SequenceDecoder(
        [
            new ReplaceDecoder(new LiteralPattern(Blank), " "), new ByteFallbackDecoder(), new FuseDecoder(), new StripDecoder(new Rune(' '), 1, 0),
        ]);
        return new TokenizerPipeline(normalizer, null, tokens, new TemplatePostProcessor(single, pair), decoder, added);

        IEnumerable<TemplateItem> Text(int sequence)
        {
            if (settings.AddBeginning ?? true)
                yield return TemplateItem.Special(begin.Content, Id(begin), sequence);
            yield return TemplateItem.Text(sequence, sequence);
            if (settings.AddEnd ?? false)
                yield return TemplateItem.Special(end.Content, Id(end), sequence);
        }

        int Id(AddedToken token) => added.TryGetId(token.Content, out int id) ? id : 0;
    }

    private static CharacterMap? Map(SentencePieceFile model)
    {
        if (model.CharacterMap.Length == 0)
            return null;
        try
        {
            return new CharacterMap(model.CharacterMap);
        }
        catch (FormatException e) when (e is not LoraFormatException)
        {
            throw new LoraFormatException(model.File, e.Message, inner: e);
        }
    }

    /// <summary>The pieces, with room for more.</summary>
    private static string[] Pieces(SentencePieceFile model, int more)
    {
        string[] pieces = new string[model.Pieces.Count + more];
        for (int i = 0; i < model.Pieces.Count; i++)
            pieces[i] = model.Pieces[i].Piece;
        return pieces;
    }

    /// <summary>Their scores; 0 for those to come.</summary>
    private static double[] Scores(SentencePieceFile model, int more)
    {
        double[] scores = new double[model.Pieces.Count + more];
        for (int i = 0; i < model.Pieces.Count; i++)
            scores[i] = model.Pieces[i].Score;
        return scores;
    }

    /// <summary>Every way to make a piece of two others is a merge; the better the score the earlier, and equal scores are equal.</summary>
    private static BpeModel Bpe(SentencePieceFile model, bool showsSource, PieceTrie? userDefined = null)
    {
        var vocabulary = new TokenVocabulary(Pieces(model, 0));
        float[] scores = [.. model.Pieces.Where(piece => piece.Type == SentencePieceType.Normal).Select(piece => piece.Score).Distinct().OrderDescending()];
        Dictionary<float, int> ranks = scores.Select((score, rank) => (score, rank)).ToDictionary(item => item.score, item => item.rank);
        var merges = new List<(int, int, int)>();
        var mergeRanks = new List<int>();
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            (string piece, float score, SentencePieceType type) = model.Pieces[id];
            if (type != SentencePieceType.Normal)
                continue;
            for (int cut = 1; cut < piece.Length; cut++)
            {
                if (char.IsLowSurrogate(piece[cut]) || !Normal(piece.AsSpan(0, cut), out int left) || !Normal(piece.AsSpan(cut), out int right))
                    continue;
                merges.Add((left, right, id));
                mergeRanks.Add(ranks[score]);
            }
        }

        var options = new BpeOptions(
            model.Pieces[model.UnknownId].Piece, null, null, FuseUnknown: true, model.ByteFallback, IgnoreMerges: false, NeverMerges: false, showsSource, userDefined);
        return new BpeModel(vocabulary, new MergeTable(merges, mergeRanks), options);

        bool Normal(ReadOnlySpan<char> part, out int id) =>
            vocabulary.TryGetId(part, out id) && model.Pieces[id].Type == SentencePieceType.Normal;
    }
}
