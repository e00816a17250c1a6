using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>The step that turns a piece of text into tokens of a vocabulary. Immutable; used by many threads at once.</summary>
internal abstract class TokenModel
{
    /// <summary>Number of different token texts in the vocabulary.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>All token texts with their ids.</summary>
    public abstract IEnumerable<KeyValuePair<string, int>> Vocabulary { get; }

    /// <summary>True where pieces repeat (words), so that a cache of results pays.</summary>
    public virtual bool IsCacheable => true;

    public abstract bool TryGetId(string token, out int id);

    /// <summary>The text of an id, or null.</summary>
    public abstract string? GetToken(int id);

    /// <summary>Adds the tokens of a piece, which is never empty.</summary>
    /// <exception cref="InvalidOperationException">The text has an unknown piece and the vocabulary has no token for that.</exception>
    public abstract void Tokenize(ReadOnlySpan<char> piece, TokenList tokens, ModelScratch scratch);
}
