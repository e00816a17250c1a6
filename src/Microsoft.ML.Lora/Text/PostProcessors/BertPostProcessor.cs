namespace Microsoft.ML.Lora.Text.PostProcessors;

/// <summary>BERT's form: <c>[CLS] A [SEP]</c>, <c>[CLS] A [SEP] B [SEP]</c>; the second text and its end have type 1.</summary>
internal sealed class BertPostProcessor(string separator, int separatorId, string classification, int classificationId) : PostProcessor
{
    private readonly TemplateItem[] _single =
    [
        TemplateItem.Special(classification, classificationId, 0), TemplateItem.Text(0, 0), TemplateItem.Special(separator, separatorId, 0),
    ];

    private readonly TemplateItem[] _pair =
    [
        TemplateItem.Special(classification, classificationId, 0), TemplateItem.Text(0, 0), TemplateItem.Special(separator, separatorId, 0),
        TemplateItem.Text(1, 1), TemplateItem.Special(separator, separatorId, 1),
    ];

    public override int AddedTokens(bool isPair) => isPair ? 3 : 2;

    public override bool TryGetTemplate(bool isPair, out IReadOnlyList<TemplateItem> items)
    {
        items = isPair ? _pair : _single;
        return true;
    }

    public override List<HuggingFaceEncoding> Process(List<HuggingFaceEncoding> encodings, bool addSpecialTokens)
    {
        if (!addSpecialTokens)
            return encodings;
        for (int i = 0; i < encodings.Count; i++)
        {
            encodings[i] = i == 0
                ? encodings[i].Surround((classification, classificationId), (separator, separatorId), 0, i)
                : encodings[i].Surround(null, (separator, separatorId), 1, i);
        }

        return encodings;
    }
}
