using Microsoft.ML.Lora.Text.PostProcessors;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads the <c>post_processor</c> part of a tokenizer.json.</summary>
internal static class PostProcessorReader
{
    private const string Known = "BertProcessing, ByteLevel, RobertaProcessing, Sequence or TemplateProcessing";

    public static PostProcessor Read(JsonField field)
    {
        string type = field.TypeName();
        switch (type)
        {
            case "BertProcessing":
                (string separator, int separatorId) = TokenAndId(field.Required("sep"));
                (string classification, int classificationId) = TokenAndId(field.Required("cls"));
                return new BertPostProcessor(separator, separatorId, classification, classificationId);
            case "RobertaProcessing":
                (separator, separatorId) = TokenAndId(field.Required("sep"));
                (classification, classificationId) = TokenAndId(field.Required("cls"));
                return new RobertaPostProcessor(
                    separator, separatorId, classification, classificationId, field.Required("trim_offsets").AsBool(),
                    field.Required("add_prefix_space").AsBool());
            case "ByteLevel":
                return new ByteLevelPostProcessor(field.Required("trim_offsets").AsBool(), field.Required("add_prefix_space").AsBool());
            case "Sequence":
                return new SequencePostProcessor([.. field.Required("processors").Items().Select(Read)]);
            case "TemplateProcessing":
                return ReadTemplate(field);
            default:
                throw field.Required("type").Unknown("post-processor", Known);
        }
    }

    private static (string Token, int Id) TokenAndId(JsonField field)
    {
        JsonField[] parts = [.. field.Items().Take(3)];
        return parts.Length == 2 ? (parts[0].AsString(), parts[1].AsCount()) : throw field.Wrong("a token and its id");
    }

    private static TemplatePostProcessor ReadTemplate(JsonField field)
    {
        var specials = new Dictionary<string, (int[] Ids, string[] Tokens)>();
        foreach (JsonField token in field.Required("special_tokens").Members())
        {
            var ids = new List<int>();
            foreach (JsonField id in token.Required("ids").Items())
                ids.Add(id.AsCount());
            var tokens = new List<string>();
            foreach (JsonField text in token.Required("tokens").Items())
                tokens.Add(text.AsString());

            // Files with fewer texts than ids load in Hugging Face's library too; an id without a text of its own shows the name.
            while (tokens.Count < ids.Count)
                tokens.Add(token.Name!);
            specials[token.Name!] = ([.. ids], [.. tokens[..ids.Count]]);
        }

        return new TemplatePostProcessor(Items("single", 1), Items("pair", 2));

        TemplateItem[] Items(string name, int texts) =>
            [.. field.Required(name).Items().Select(item => ReadItem(item, texts, specials))];
    }

    private static TemplateItem ReadItem(JsonField item, int texts, Dictionary<string, (int[] Ids, string[] Tokens)> specials)
    {
        JsonField content = item.OnlyMember("'Sequence' or 'SpecialToken'");
        if (content.Name == "Sequence")
        {
            JsonField id = content.Required("id");
            int index = id.AsString() switch
            {
                "A" => 0,
                "B" when texts > 1 => 1,
                _ => throw id.Wrong(texts > 1 ? "'A' or 'B'" : "'A'"),
            };
            return TemplateItem.Text(index, content.Required("type_id").AsCount());
        }

        if (content.Name != "SpecialToken")
            throw item.Wrong("'Sequence' or 'SpecialToken'");
        JsonField nameField = content.Required("id");
        string name = nameField.AsString();
        if (!specials.TryGetValue(name, out (int[] Ids, string[] Tokens) found))
            throw nameField.Wrong("a name that stands in special_tokens");
        return new TemplateItem(-1, name, found.Ids, found.Tokens, content.Required("type_id").AsCount());
    }
}
