using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>A piece is a token or unknown.</summary>
internal sealed class WordLevelModel(TokenVocabulary vocabulary, string unknownToken) : TokenModel
{
    private readonly int _unknownId = vocabulary.TryGetId(unknownToken, out int id) ? id : -1;

    public override int VocabularySize => vocabulary.Count;

    public override IEnumerable<KeyValuePair<string, int>> Vocabulary => vocabulary.Items;

    public override bool IsCacheable => false;

    public override bool TryGetId(string token, out int id) => vocabulary.TryGetId(token, out id);

    public override string? GetToken(int id) => vocabulary.GetToken(id);

    public override void Tokenize(ReadOnlySpan<char> piece, TokenList tokens, ModelScratch scratch)
    {
        if (!vocabulary.TryGetId(piece, out int id))
            id = _unknownId;
        if (id < 0)
            throw new InvalidOperationException($"The text has an unknown word, and the vocabulary has no token '{unknownToken}' for it.");
        tokens.Add(id, 0, piece.Length);
    }
}
