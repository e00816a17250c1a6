namespace Microsoft.ML.Lora.Text.PostProcessors;

/// <summary>Trims offsets, where asked; adds nothing.</summary>
internal sealed class ByteLevelPostProcessor(bool trimOffsets, bool addPrefixSpace) : PostProcessor
{
    private static readonly TemplateItem[] s_single = [TemplateItem.Text(0, 0)];
    private static readonly TemplateItem[] s_pair = [TemplateItem.Text(0, 0), TemplateItem.Text(1, 1)];

    public override int AddedTokens(bool isPair) => 0;

    public override bool TryGetTemplate(bool isPair, out IReadOnlyList<TemplateItem> items)
    {
        items = isPair ? s_pair : s_single;
        return true;
    }

    public override List<HuggingFaceEncoding> Process(List<HuggingFaceEncoding> encodings, bool addSpecialTokens)
    {
        for (int i = 0; i < encodings.Count; i++)
        {
            if (trimOffsets)
                OffsetTrimming.Apply(encodings[i], addPrefixSpace);
            encodings[i].SetSequence(i);
        }

        return encodings;
    }
}
