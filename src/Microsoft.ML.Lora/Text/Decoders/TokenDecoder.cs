namespace Microsoft.ML.Lora.Text.Decoders;

/// <summary>The step that turns token texts back into text. Immutable; used by many threads at once.</summary>
internal abstract class TokenDecoder
{
    /// <summary>Rewrites the token texts so that they can be joined; a sequence of decoders hands them on.</summary>
    public abstract List<string> Decode(List<string> tokens);

    /// <summary>Puts a text in the place of another, as Rust does: an empty one stands between all characters, and at both ends.</summary>
    protected static string Replace(string token, string from, string to) => from.Length > 0
        ? token.Replace(from, to, StringComparison.Ordinal)
        : to + string.Concat(token.EnumerateRunes().Select(rune => rune + to));
}
