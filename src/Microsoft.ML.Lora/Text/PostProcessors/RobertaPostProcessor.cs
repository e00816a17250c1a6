namespace Microsoft.ML.Lora.Text.PostProcessors;

/// <summary>RoBERTa's form: <c>&lt;s&gt; A &lt;/s&gt;</c>, <c>&lt;s&gt; A &lt;/s&gt;&lt;/s&gt; B &lt;/s&gt;</c>; all types are 0.</summary>
internal sealed class RobertaPostProcessor(
    string separator, int separatorId, string classification, int classificationId, bool trimOffsets, bool addPrefixSpace) : PostProcessor
{
    private readonly TemplateItem[] _single =
    [
        TemplateItem.Special(classification, classificationId, 0), TemplateItem.Text(0, 0), TemplateItem.Special(separator, separatorId, 0),
    ];

    private readonly TemplateItem[] _pair =
    [
        TemplateItem.Special(classification, classificationId, 0), TemplateItem.Text(0, 0), TemplateItem.Special(separator, separatorId, 0),
        TemplateItem.Special(separator, separatorId, 0), TemplateItem.Text(1, 0), TemplateItem.Special(separator, separatorId, 0),
    ];

    public override int AddedTokens(bool isPair) => isPair ? 4 : 2;

    public override bool TryGetTemplate(bool isPair, out IReadOnlyList<TemplateItem> items)
    {
        items = isPair ? _pair : _single;
        return true;
    }

    public override List<HuggingFaceEncoding> Process(List<HuggingFaceEncoding> encodings, bool addSpecialTokens)
    {
        for (int i = 0; i < encodings.Count; i++)
        {
            HuggingFaceEncoding encoding = encodings[i];
            if (trimOffsets)
                OffsetTrimming.Apply(encoding, addPrefixSpace);
            encoding.SetTypeIds(0);
            if (!addSpecialTokens)
                continue;
            encoding.OverflowingList.ForEach(part => part.SetTypeIds(0));
            encodings[i] = encoding.Surround(
                i == 0 ? (classification, classificationId) : (separator, separatorId), (separator, separatorId), 0, i);
        }

        return encodings;
    }
}
