using System.Text.Json;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads the <c>model</c> part of a tokenizer.json.</summary>
internal static class ModelReader
{
    private const string Known = "BPE, Unigram, WordLevel or WordPiece";

    public static TokenModel Read(JsonField field)
    {
        JsonField? type = field.Optional("type");
        string name = type?.AsString() ?? Guess(field);
        return name switch
        {
            "BPE" => BpeReader.Read(field, Vocabulary(field.Required("vocab"))),
            "Unigram" => ReadUnigram(field),
            "WordLevel" => new WordLevelModel(Vocabulary(field.Required("vocab")), field.Required("unk_token").AsString()),
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

    private static UnigramModel ReadUnigram(JsonField field)
    {
        var pieces = new List<(string, double)>();
        foreach (JsonField item in field.Required("vocab").Items())
        {
            // Written out, because there are tens of thousands.
            if (item.Value.ValueKind != JsonValueKind.Array || item.Value.GetArrayLength() != 2)
                throw item.Wrong("a piece and its score");
            pieces.Add((item.Item(0).AsString(), item.Item(1).AsDouble()));
        }

        int unknown = -1;
        if (field.Optional("unk_id") is JsonField id)
        {
            unknown = id.AsCount();
            if (unknown >= pieces.Count)
                throw id.Wrong($"an id below {pieces.Count}, the number of pieces");
        }

        return new UnigramModel(pieces, unknown, field.Optional("byte_fallback")?.AsBool() ?? false);
    }

    /// <summary>Reads an object of token texts and ids.</summary>
    public static TokenVocabulary Vocabulary(JsonField field)
    {
        var items = new List<KeyValuePair<string, int>>();
        foreach ((string token, JsonField id) in field.Members())
            items.Add(KeyValuePair.Create(token, id.AsCount()));

        return new TokenVocabulary(items);
    }
}
