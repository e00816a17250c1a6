using System.Runtime.CompilerServices;
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
        (string[] pieces, double[] scores) = Pieces(field.Required("vocab"));
        int unknown = -1;
        if (field.Optional("unk_id") is JsonField id)
        {
            unknown = id.AsCount();
            if (unknown >= pieces.Length)
                throw id.Wrong($"an id below {pieces.Length}, the number of pieces");
        }

        return new UnigramModel(pieces, scores, unknown, field.Optional("byte_fallback")?.AsBool() ?? false);
    }

    [MethodImpl(MethodImplOptions.NoOptimization)] // as JsonField.Counts
    private static (string[] Pieces, double[] Scores) Pieces(JsonField field)
    {
        var pieces = new List<string>();
        var scores = new List<double>();
        foreach (JsonField item in field.Items())
        {
            // Written out, because there are tens of thousands.
            if (item.Value.ValueKind != JsonValueKind.Array || item.Value.GetArrayLength() != 2)
                throw item.Wrong("a piece and its score");
            pieces.Add(item.Item(0).AsString());
            scores.Add(item.Item(1).AsDouble());
        }

        return ([.. pieces], [.. scores]);
    }

    /// <summary>Reads an object of token texts and ids.</summary>
    public static TokenVocabulary Vocabulary(JsonField field)
    {
        (string[] tokens, int[] ids) = field.Counts();
        return new TokenVocabulary(tokens, ids);
    }
}
