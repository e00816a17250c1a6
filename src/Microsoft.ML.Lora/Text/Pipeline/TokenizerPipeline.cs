using Microsoft.ML.Lora.Text.AddedTokens;
using Microsoft.ML.Lora.Text.Decoders;
using Microsoft.ML.Lora.Text.Normalizers;
using Microsoft.ML.Lora.Text.PostProcessors;
using Microsoft.ML.Lora.Text.PreTokenizers;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Pipeline;

/// <summary>
/// The steps of a tokenizer: added tokens are taken out, the rest is normalized, cut and tokenized; then special tokens are added.
/// Immutable; used by many threads at once.
/// </summary>
internal sealed class TokenizerPipeline(
    TextNormalizer? normalizer, TextPreTokenizer? preTokenizer, TokenModel model, PostProcessor? postProcessor, TokenDecoder? decoder,
    AddedVocabulary added)
{
    private readonly WordCache? _cache = model.IsCacheable ? new WordCache() : null;

    /// <summary>Whether even ids need to know where rewritten pieces come from.</summary>
    private readonly bool _idsNeedOffsets = normalizer is not null && preTokenizer is { LooksAtOrigin: true };

    public TextNormalizer? Normalizer { get; } = normalizer;

    public TextPreTokenizer? PreTokenizer { get; } = preTokenizer;

    public TokenModel Model { get; } = model;

    public PostProcessor? PostProcessor { get; } = postProcessor;

    public TokenDecoder? Decoder { get; } = decoder;

    public AddedVocabulary Added { get; } = added;

    /// <summary>Adds the ids of a text, without special tokens, to a list. Allocates nothing per token.</summary>
    public void EncodeIds(ReadOnlySpan<char> text, IdList ids, bool normalize = true, bool preTokenize = true)
    {
        EncodeWorkspace workspace = EncodeWorkspace.Current;
        PieceBuffer pieces = Pieces(text, workspace, _idsNeedOffsets, normalize, preTokenize);
        for (int i = 0; i < pieces.Count; i++)
        {
            if (pieces.TokenId(i) >= 0)
            {
                ids.Add(pieces.TokenId(i));
                continue;
            }

            foreach (ref readonly Token token in Tokenize(pieces[i].Chars, workspace))
                ids.Add(token.Id);
        }

        EncodeWorkspace.ForgetAfter(text.Length);
    }

    /// <summary>The tokens of a text, without special tokens, with everything known about them.</summary>
    public HuggingFaceEncoding Encode(ReadOnlySpan<char> text, int typeId, bool normalize = true, bool preTokenize = true)
    {
        EncodeWorkspace workspace = EncodeWorkspace.Current;
        PieceBuffer pieces = Pieces(text, workspace, tracks: true, normalize, preTokenize);
        var encoding = new HuggingFaceEncoding(pieces.Count);
        for (int i = 0; i < pieces.Count; i++)
        {
            TextPiece piece = pieces[i];
            if (pieces.TokenId(i) >= 0)
            {
                encoding.Add(pieces.TokenId(i), typeId, piece.Chars.ToString(), i, Range(piece, 0, piece.Length), special: false);
                continue;
            }

            foreach (ref readonly Token token in Tokenize(piece.Chars, workspace))
            {
                string shown = token.ShowsSource
                    ? piece.Chars[token.Start..token.End].ToString()
                    : Model.GetToken(token.Id) ?? "";
                encoding.Add(token.Id, typeId, shown, i, Range(piece, token.Start, token.End), special: false);
            }
        }

        EncodeWorkspace.ForgetAfter(text.Length);
        return encoding;
    }

    /// <summary>Shortens, adds special tokens and joins the two texts of a pair.</summary>
    public HuggingFaceEncoding Finish(
        HuggingFaceEncoding first, HuggingFaceEncoding? second, bool addSpecialTokens, HuggingFaceTruncation? truncation)
    {
        if (truncation is not null)
        {
            int room = addSpecialTokens ? PostProcessor?.AddedTokens(second is not null) ?? 0 : 0;

            // A limit that special tokens alone exceed shortens nothing, as in Hugging Face's library.
            if (truncation.MaxLength >= room)
                EncodingTruncation.Apply(first, second, truncation.MaxLength - room, truncation);
        }

        List<HuggingFaceEncoding> encodings = second is null ? [first] : [first, second];
        for (int i = 0; i < encodings.Count; i++)
        {
            encodings[i].SetSequence(i);
            encodings[i].OverflowingList.ForEach(part => part.SetSequence(i));
            if (PostProcessor is not null)
                encodings[i].SetTypeIds(i);
        }

        if (PostProcessor is not null)
            encodings = PostProcessor.Process(encodings, addSpecialTokens);
        if (encodings.Count == 1 && PostProcessor is null)
            return first;
        var whole = new HuggingFaceEncoding(encodings.Sum(encoding => encoding.Count));
        foreach (HuggingFaceEncoding encoding in encodings)
            whole.Merge(encoding);
        return whole;
    }

    /// <summary>The text of an id, as the file gives it; null for an id that there is not.</summary>
    public string? GetToken(int id) => Added.Tokens.TryGetValue(id, out AddedToken? token) ? token.Content : Model.GetToken(id);

    /// <summary>Turns ids back into text; ids that there are not are passed over.</summary>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens)
    {
        var tokens = new List<string>();
        foreach (int id in ids)
        {
            if (GetToken(id) is string token && !(skipSpecialTokens && Added.IsSpecial(token)))
                tokens.Add(token);
        }

        return Join(Decoder, tokens);
    }

    /// <summary>The text that a decoder makes of tokens; null = the tokens with blanks between them.</summary>
    public static string Join(TokenDecoder? decoder, List<string> tokens) =>
        decoder is null ? string.Join(' ', tokens) : string.Concat(decoder.Decode(tokens));

    private static (int Start, int End) Range(TextPiece piece, int start, int end) =>
        end > start ? (piece.Starts[start], piece.Ends[end - 1]) : (piece.Origin + start, piece.Origin + start);

    private PieceBuffer Pieces(ReadOnlySpan<char> text, EncodeWorkspace workspace, bool tracks, bool normalize, bool preTokenize)
    {
        PieceBuffer pieces = Added.Extract(text, normalize ? Normalizer : null, workspace, tracks);
        if (PreTokenizer is null || !preTokenize)
            return pieces;
        PieceBuffer cut = ReferenceEquals(pieces, workspace.First) ? workspace.Second : workspace.First;
        cut.Clear(tracks);
        for (int i = 0; i < pieces.Count; i++)
        {
            if (pieces.TokenId(i) >= 0)
                cut.Add(pieces[i], pieces.TokenId(i));
            else
                PreTokenizer.Split(pieces[i], cut);
        }

        return cut;
    }

    private ReadOnlySpan<Token> Tokenize(ReadOnlySpan<char> piece, EncodeWorkspace workspace)
    {
        TokenList tokens = workspace.Tokens;
        if (_cache is null || !WordCache.Takes(piece))
        {
            tokens.Clear();
            Model.Tokenize(piece, tokens, workspace.Scratch);
            return tokens.Tokens;
        }

        ulong hash = SpanHash.Whole(piece);
        if (_cache.TryGet(piece, hash, out ReadOnlySpan<Token> known))
            return known;
        tokens.Clear();
        Model.Tokenize(piece, tokens, workspace.Scratch);
        _cache.Add(piece, hash, tokens.Tokens);
        return tokens.Tokens;
    }
}
