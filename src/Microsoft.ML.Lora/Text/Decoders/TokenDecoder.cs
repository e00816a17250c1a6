namespace Microsoft.ML.Lora.Text.Decoders;

/// <summary>The step that turns token texts back into text. Immutable; used by many threads at once.</summary>
internal abstract class TokenDecoder
{
    /// <summary>Rewrites the token texts so that they can be joined; a sequence of decoders hands them on.</summary>
    public abstract List<string> Decode(List<string> tokens);
}
