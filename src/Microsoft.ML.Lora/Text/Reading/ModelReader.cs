using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads the <c>model</c> part of a tokenizer.json.</summary>
internal static class ModelReader
{
    private const string Known = "WordPiece";

    public static TokenModel Read(JsonField field)
    {
        JsonField? type = field.Optional("type");
        string name = type?.AsString() ?? Guess(field);
        return name switch
        {
            "WordPiece" => new WordPieceModel(
                Vocabulary(field.Required("vocab")), field.Required("unk_token").AsString(),
                field.Required("continuing_subword_prefix").AsString(), field.Required("max_input_chars_per_word").AsCount()),
            _ => throw (type ?? field).Unknown("model", Known),
        };
    }

    /// <summary>Old files have no type: the fields tell.</summary>
    private static string Guess(JsonField field) =>
        field.Optional("vocab") is null ? throw field.Required("vocab").Wrong("a vocabulary")
        : field.Optional("merges") is not null ? "BPE"
        : field.Optional("continuing_subword_prefix") is not null || field.Optional("max_input_chars_per_word") is not null ? "WordPiece"
        : field.Required("vocab").IsObject ? "WordLevel"
        : "Unigram";

    private static TokenVocabulary Vocabulary(JsonField field)
    {
        var items = new List<KeyValuePair<string, int>>();
        foreach ((string token, JsonField id) in field.Members())
            items.Add(KeyValuePair.Create(token, id.AsCount()));

        return new TokenVocabulary(items);
    }
}
