namespace Microsoft.ML.Lora.Text.PostProcessors;

/// <summary>Several post-processors, one after another.</summary>
internal sealed class SequencePostProcessor(IReadOnlyList<PostProcessor> processors) : PostProcessor
{
    public override int AddedTokens(bool isPair) => processors.Sum(processor => processor.AddedTokens(isPair));

    /// <summary>Only where at most one of them adds or orders anything; byte-level ones change offsets alone.</summary>
    public override bool TryGetTemplate(bool isPair, out IReadOnlyList<TemplateItem> items)
    {
        PostProcessor[] others = [.. processors.Where(processor => processor is not ByteLevelPostProcessor)];
        if (others.Length == 1 && processors.Count > 0)
            return others[0].TryGetTemplate(isPair, out items);
        if (others.Length == 0 && processors.Count > 0)
            return processors[0].TryGetTemplate(isPair, out items);
        return base.TryGetTemplate(isPair, out items);
    }

    public override List<HuggingFaceEncoding> Process(List<HuggingFaceEncoding> encodings, bool addSpecialTokens)
    {
        int texts = encodings.Count;
        foreach (PostProcessor processor in processors)
        {
            if (encodings.Count > 2 && processor is TemplatePostProcessor)
            {
                throw new InvalidOperationException(
                    $"The tokenizer's post-processor puts a template after one that already joined {texts} text(s) with special tokens.");
            }

            encodings = processor.Process(encodings, addSpecialTokens);
        }

        return encodings;
    }
}
