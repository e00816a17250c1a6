using System.Text;
using Microsoft.ML.Lora.Text.AddedTokens;
using Microsoft.ML.Lora.Text.Classes;
using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.Normalizers;
using Microsoft.ML.Lora.Text.Patterns;
using Microsoft.ML.Lora.Text.Pipeline;
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
        return settings.Class switch
        {
            T5Class => ReadT5(model, settings),
            LlamaClass => ReadLlama(model, settings),
            null when settings.ClassName is null => ReadPlain(model, settings),
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
        IEnumerable<AddedToken> special = settings.FurtherSpecial(rules: null).Where(token => !settings.Added.Exists(added => added.Content == token.Content));
        return new TokenizerPipeline(
            normalizer, null, tokens, null, decoder, new AddedVocabulary(settings.Added.Concat(special), tokens, normalizer));
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
        int sentinels = T5Class.Sentinels(settings);
        string[] pieces = Pieces(model, sentinels);
        for (int i = model.Pieces.Count; i < pieces.Length; i++)
            pieces[i] = T5Class.Sentinel(pieces.Length - 1 - i);
        var tokens = new UnigramModel(pieces, Scores(model, sentinels), model.UnknownId, byteFallback: false);
        return settings.Class!.Make(new TokenizerParts(tokens, Map(model) is CharacterMap map ? new PrecompiledNormalizer(map) : null), Whole(model), settings);
    }

    private static TokenizerPipeline ReadLlama(SentencePieceFile model, WrapperSettings settings)
    {
        if (!model.IsBpe)
            throw new LoraFormatException(model.File, "is a unigram model", expected: "a BPE model, for the class LlamaTokenizer");
        return settings.Class!.Make(new TokenizerParts(Bpe(model, showsSource: false)), Whole(model), settings);
    }

    /// <summary>The pieces that the library finds in a text as they are: control ones, which are special, and user-defined ones.</summary>
    private static List<AddedToken> Whole(SentencePieceFile model)
    {
        var tokens = new List<AddedToken>();
        foreach ((string piece, _, SentencePieceType type) in model.Pieces)
        {
            if (type is SentencePieceType.Control or SentencePieceType.UserDefined)
                tokens.Add(AddedToken.SpecialOf(piece) with { Special = type == SentencePieceType.Control });
        }

        return tokens;
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
        float[] scores = [.. model.Pieces.Where(piece => Merges(piece.Type)).Select(piece => piece.Score).Distinct().OrderDescending()];
        Dictionary<float, int> ranks = scores.Select((score, rank) => (score, rank)).ToDictionary(item => item.score, item => item.rank);
        var merges = new List<(int, int, int)>();
        var mergeRanks = new List<int>();
        var unused = new HashSet<int>();
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            (string piece, float score, SentencePieceType type) = model.Pieces[id];
            if (!Merges(type))
                continue;
            if (type == SentencePieceType.Unused)
                unused.Add(id);
            ulong hash = SpanHash.Start;
            for (int cut = 1; cut < piece.Length; cut++)
            {
                hash = SpanHash.Step(hash, piece[cut - 1]);
                if (char.IsLowSurrogate(piece[cut]) || !vocabulary.TryGetId(piece.AsSpan(0, cut), hash, out int left) || !Merges(model.Pieces[left].Type)
                    || !vocabulary.TryGetId(piece.AsSpan(cut), out int right) || !Merges(model.Pieces[right].Type))
                {
                    continue;
                }

                merges.Add((left, right, id));
                mergeRanks.Add(ranks[score]);
            }
        }

        var options = new BpeOptions(
            model.Pieces[model.UnknownId].Piece, null, null, FuseUnknown: true, model.ByteFallback, IgnoreMerges: false, NeverMerges: false, showsSource, userDefined,
            unused.Count > 0 ? new UnusedPieces(unused, vocabulary) : null);
        return new BpeModel(vocabulary, new MergeTable(merges, mergeRanks), options);

        static bool Merges(SentencePieceType type) => type is SentencePieceType.Normal or SentencePieceType.Unused;
    }
}
