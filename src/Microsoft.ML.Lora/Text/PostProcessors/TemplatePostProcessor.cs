namespace Microsoft.ML.Lora.Text.PostProcessors;

/// <summary>Special tokens and texts in the order that the file gives, with a type id each.</summary>
internal sealed class TemplatePostProcessor(IReadOnlyList<TemplateItem> single, IReadOnlyList<TemplateItem> pair) : PostProcessor
{
    public override int AddedTokens(bool isPair) => (isPair ? pair : single).Sum(item => item.Ids.Length);

    public override bool TryGetTemplate(bool isPair, out IReadOnlyList<TemplateItem> items)
    {
        items = isPair ? pair : single;
        return true;
    }

    public override List<HuggingFaceEncoding> Process(List<HuggingFaceEncoding> encodings, bool addSpecialTokens)
    {
        var result = new List<HuggingFaceEncoding>();
        foreach (TemplateItem item in encodings.Count > 1 ? pair : single)
        {
            if (item.Sequence >= 0)
            {
                HuggingFaceEncoding encoding = encodings[item.Sequence];
                encoding.SetTypeIds(item.TypeId);
                encoding.SetSequence(item.Sequence);
                result.Add(encoding.Clone());
            }
            else if (addSpecialTokens)
            {
                var encoding = new HuggingFaceEncoding(item.Ids.Length);
                for (int i = 0; i < item.Ids.Length; i++)
                    encoding.AddSpecial(item.Ids[i], item.TypeId, item.Tokens[i]);
                result.Add(encoding);
            }
        }

        return result;
    }
}
