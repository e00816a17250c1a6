using Microsoft.ML.Lora.Text.Pipeline;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>
/// WordPiece (Schuster and Nakajima 2012; BERT): from the left, the longest token that fits; tokens inside a word carry a prefix.
/// A word with a part that no token fits, or with too many characters, is one unknown token.
/// </summary>
internal sealed class WordPieceModel : TokenModel
{
    private readonly TokenVocabulary _vocabulary;
    private readonly SpanDictionary _continuations;
    private readonly string _unknownToken;
    private readonly string _continuingPrefix;
    private readonly int _unknownId;
    private readonly int _maxCharacters;

    public WordPieceModel(TokenVocabulary vocabulary, string unknownToken, string continuingPrefix, int maxCharacters)
    {
        _vocabulary = vocabulary;
        _unknownToken = unknownToken;
        _unknownId = vocabulary.TryGetId(unknownToken, out int id) ? id : -1;
        _continuingPrefix = continuingPrefix;
        _maxCharacters = maxCharacters;
        _continuations = vocabulary.Without(continuingPrefix);
    }

    public override int VocabularySize => _vocabulary.Count;

    public override IEnumerable<KeyValuePair<string, int>> Vocabulary => _vocabulary.Items;

    public override bool TryGetId(string token, out int id) => _vocabulary.TryGetId(token, out id);

    public override string? GetToken(int id) => _vocabulary.GetToken(id);

    /// <summary>The same vocabulary with other settings.</summary>
    public WordPieceModel With(string unknownToken, string continuingPrefix, int maxCharacters) =>
        unknownToken == _unknownToken && continuingPrefix == _continuingPrefix && maxCharacters == _maxCharacters
            ? this
            : new WordPieceModel(_vocabulary, unknownToken, continuingPrefix, maxCharacters);

    public override void Tokenize(ReadOnlySpan<char> piece, TokenList tokens, ModelScratch scratch)
    {
        int before = tokens.Count;
        int start = 0;
        if (piece.Length > _maxCharacters && CodePoint.Count(piece) > _maxCharacters)
            start = -1;
        while (start >= 0 && start < piece.Length)
        {
            int longest = LongestMatch(piece[start..], isFirst: start == 0, out int id);
            if (longest == 0)
            {
                start = -1;
                break;
            }

            tokens.Add(id, start, start + longest);
            start += longest;
        }

        if (start >= 0)
            return;
        tokens.Truncate(before);
        if (_unknownId < 0)
            throw new InvalidOperationException($"The text has an unknown word, and the vocabulary has no token '{_unknownToken}' for it.");
        tokens.Add(_unknownId, 0, piece.Length);
    }

    private int LongestMatch(ReadOnlySpan<char> text, bool isFirst, out int id)
    {
        const int MostOnStack = 128;
        int most = Math.Min(text.Length, isFirst ? _vocabulary.MaxTokenLength : _continuations.MaxKeyLength);
        Span<ulong> hashes = most <= MostOnStack ? stackalloc ulong[MostOnStack] : new ulong[most];
        ulong hash = SpanHash.Start;
        for (int i = 0; i < most; i++)
            hashes[i] = hash = SpanHash.Step(hash, text[i]);
        for (int length = most; length > 0; length--)
        {
            ReadOnlySpan<char> candidate = text[..length];
            if (isFirst ? _vocabulary.TryGetId(candidate, hashes[length - 1], out id)
                : _continuations.TryGetValue(candidate, hashes[length - 1], out id))
            {
                return length;
            }
        }

        id = -1;
        return 0;
    }
}
