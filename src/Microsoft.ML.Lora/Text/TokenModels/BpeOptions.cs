namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>The switches of a BPE model.</summary>
/// <param name="UnknownToken">Stands for characters that are not in the vocabulary; null = they are dropped.</param>
/// <param name="ContinuingPrefix">Stands before every character of a piece but the first.</param>
/// <param name="WordSuffix">Stands after the last character of a piece.</param>
/// <param name="FuseUnknown">Neighbouring unknown characters are one token.</param>
/// <param name="ByteFallback">An unknown character becomes the tokens of its UTF-8 bytes, where the vocabulary has all of them.</param>
/// <param name="IgnoreMerges">A piece that is a token is that token, whatever the merges say.</param>
/// <param name="NeverMerges">Drop-out of 1: no merge ever happens.</param>
/// <param name="UnknownShowsSource">The text of an unknown token is the piece's own.</param>
/// <param name="Fixed">Tokens, by id, that are found as they are before anything is merged, the longest first, and no part of a merge; null = none.</param>
/// <param name="Unused">Tokens that merge but do not come out; null = none.</param>
internal sealed record BpeOptions(
    string? UnknownToken, string? ContinuingPrefix, string? WordSuffix, bool FuseUnknown, bool ByteFallback, bool IgnoreMerges, bool NeverMerges,
    bool UnknownShowsSource = false, PieceTrie? Fixed = null, UnusedPieces? Unused = null);
