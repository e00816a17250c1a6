using Microsoft.ML.Lora.Text.Normalizers;
using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.TokenModels;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.AddedTokens;

/// <summary>
/// The tokens beside the model's vocabulary. The id written in the file is not believed: a content that the vocabulary has keeps the
/// vocabulary's id, all others get the next free one in the file's order.
/// </summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<int, AddedToken> _tokens = [];
    private readonly HashSet<string> _special = [];
    private readonly TokenMatcher _plain = new();
    private readonly TokenMatcher _normalized = new();
    private readonly bool _splitsSpecial;

    /// <param name="tokens">The tokens, in the order of their ids; of equal texts the flags of the last one count.</param>
    /// <param name="model">The vocabulary that they stand beside.</param>
    /// <param name="normalizer">What is done to a text before normalized tokens are looked for; null = nothing.</param>
    /// <param name="splitsSpecial">Whether special tokens in a text are text like any other (<c>split_special_tokens</c>).</param>
    public AddedVocabulary(IEnumerable<AddedToken> tokens, TokenModel model, TextNormalizer? normalizer, bool splitsSpecial = false)
    {
        _splitsSpecial = splitsSpecial;
        int next = model.VocabularySize;
        foreach (AddedToken token in tokens)
        {
            if (token.Content.Length == 0)
                continue;
            if (!_ids.TryGetValue(token.Content, out int id) && !model.TryGetId(token.Content, out id))
                id = next++;
            _ids[token.Content] = id;
            _tokens[id] = token;
            if (token.Special)
                _special.Add(token.Content);
        }

        int[] sorted = [.. _tokens.Keys];
        Array.Sort(sorted);
        foreach (int id in sorted)
        {
            string content = _tokens[id].Content;
            if (_tokens[id].Normalized)
                _normalized.Add(normalizer?.Normalize(content) ?? content, id);
            else
                _plain.Add(content, id);
            if (!model.TryGetId(content, out _))
                NewCount++;
        }
    }

    /// <summary>The tokens by id.</summary>
    public IReadOnlyDictionary<int, AddedToken> Tokens => _tokens;

    /// <summary>How many of them the model's vocabulary does not have.</summary>
    public int NewCount { get; }

    public bool TryGetId(string content, out int id) => _ids.TryGetValue(content, out id);

    public bool IsSpecial(string content) => _special.Contains(content);

    /// <summary>
    /// Takes the added tokens out of a text: first those that stand in it as it is, then, in each normalized rest, those that are looked
    /// for in normalized text.
    /// </summary>
    /// <param name="text">The original text.</param>
    /// <param name="normalizer">Normalizes the rests; null = none.</param>
    /// <param name="workspace">Buffers.</param>
    /// <param name="tracks">Whether offsets are wanted.</param>
    /// <returns>The pieces: one of the workspace's two buffers.</returns>
    public PieceBuffer Extract(ReadOnlySpan<char> text, TextNormalizer? normalizer, EncodeWorkspace workspace, bool tracks)
    {
        TextBuffer original = workspace.TextA;
        original.Clear(tracks);
        original.AppendOriginal(text);
        PieceBuffer first = workspace.First;
        first.Clear(tracks);
        Cut(original.Piece, _plain, first);
        if (normalizer is null && _normalized.IsEmpty)
            return first;

        PieceBuffer second = workspace.Second;
        second.Clear(tracks);
        TextBuffer rest = workspace.TextB;
        for (int i = 0; i < first.Count; i++)
        {
            TextPiece piece = first[i];
            if (first.TokenId(i) >= 0)
            {
                second.Add(piece, first.TokenId(i));
                continue;
            }

            if (normalizer is not null)
            {
                rest.Clear(tracks, piece.Origin);
                normalizer.Normalize(piece, rest);
                piece = rest.Piece;
            }

            Cut(piece, _normalized, second);
        }

        return second;
    }

    private void Cut(TextPiece piece, TokenMatcher matcher, PieceBuffer destination)
    {
        ReadOnlySpan<char> text = piece.Chars;
        int done = 0;
        for (int from = 0; !matcher.IsEmpty && matcher.TryFind(text, from, out int start, out int end, out int id);)
        {
            from = end;
            AddedToken token = _tokens[id];
            if ((token.SingleWord && (IsWordBefore(text, start) || IsWordAfter(text, end))) || (_splitsSpecial && IsSpecial(token.Content)))
                continue;
            if (token.LStrip)
            {
                int stripped = start;
                while (stripped > 0 && CodePoint.IsWhiteSpace(text[stripped - 1]))
                    stripped--;
                start = Math.Max(stripped, done);
                if (start > end)
                    continue;
            }

            if (token.RStrip)
            {
                while (end < text.Length && CodePoint.IsWhiteSpace(text[end]))
                    end++;
            }

            // Matches do not overlap, but what is stripped may be part of the next one, which then has it too, as in Hugging Face's library.
            if (start > done)
                destination.Add(piece.Slice(done, start - done));
            destination.Add(piece.Slice(start, end - start), id);
            done = end;
        }

        destination.Add(piece.Slice(done, text.Length - done));
    }

    private static bool IsWordBefore(ReadOnlySpan<char> text, int index) =>
        index > 0 && CodePoint.IsWord(CodePoint.Before(text, index, out _));

    private static bool IsWordAfter(ReadOnlySpan<char> text, int index) =>
        index < text.Length && CodePoint.IsWord(CodePoint.At(text, index, out _));
}
