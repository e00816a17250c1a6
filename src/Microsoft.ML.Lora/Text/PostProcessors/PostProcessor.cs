namespace Microsoft.ML.Lora.Text.PostProcessors;

/// <summary>The step that adds special tokens and joins the two texts of a pair. Immutable; used by many threads at once.</summary>
internal abstract class PostProcessor
{
    /// <summary>How many special tokens are added; truncation leaves room for them.</summary>
    public abstract int AddedTokens(bool isPair);

    /// <summary>Turns the encodings of one text or of a pair into the encodings that are then joined in order.</summary>
    public abstract List<HuggingFaceEncoding> Process(List<HuggingFaceEncoding> encodings, bool addSpecialTokens);

    /// <summary>
    /// The ids, with special tokens, of one text or a pair of which only ids are wanted; false where this step has no such short way.
    /// </summary>
    public virtual bool TryGetTemplate(bool isPair, out IReadOnlyList<TemplateItem> items)
    {
        items = [];
        return false;
    }
}
