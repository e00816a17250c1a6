using System.Text.Json;
using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>Reads a BPE model: from a tokenizer.json, and its merges from a merges.txt.</summary>
internal static class BpeReader
{
    public static BpeModel Read(JsonField field, TokenVocabulary vocabulary)
    {
        double dropout = field.Optional("dropout") is JsonField value ? value.AsDouble() : 0;
        if (dropout is not (0 or 1))
            throw field.Required("dropout").Wrong("0 or 1 (null = 0): merges that are dropped by chance would make the tokens change from call to call");
        var options = new BpeOptions(
            field.Optional("unk_token")?.AsString(), NullIfEmpty(field.Optional("continuing_subword_prefix")?.AsString()),
            NullIfEmpty(field.Optional("end_of_word_suffix")?.AsString()), field.Optional("fuse_unk")?.AsBool() ?? false,
            field.Optional("byte_fallback")?.AsBool() ?? false, field.Optional("ignore_merges")?.AsBool() ?? false, dropout == 1);
        JsonField merges = field.Required("merges");
        return new BpeModel(vocabulary, new MergeTable(Merges(merges, vocabulary, options.ContinuingPrefix?.Length ?? 0)), options);
    }

    /// <summary>The merges of a merges.txt: two tokens with a blank between them on each line.</summary>
    public static MergeTable ReadText(string file, string text, TokenVocabulary vocabulary)
    {
        var merges = new List<(int, int, int)>();
        int line = 0;
        foreach (ReadOnlySpan<char> merge in new LineSplitter(text))
        {
            line++;
            if (merge.StartsWith("#version") || merge.IsEmpty)
                continue;
            string written = merge.ToString();
            merges.Add(Parse(written, vocabulary, 0, (problem, expected) =>
                new LoraFormatException(file, $"line {line} {problem}", found: $"'{written}'", expected: expected)));
        }

        return new MergeTable(merges);
    }

    private static string? NullIfEmpty(string? text) => text?.Length > 0 ? text : null;

    private static List<(int, int, int)> Merges(JsonField field, TokenVocabulary vocabulary, int prefixLength)
    {
        var merges = new List<(int, int, int)>();
        JsonValueKind? kind = null;
        foreach (JsonField item in field.Items())
        {
            kind ??= item.Value.ValueKind;
            if (item.Value.ValueKind != kind)
                throw item.Wrong("the same form as the merges before it");
            if (item.IsString)
            {
                string text = item.AsString();
                if (!text.StartsWith("#version", StringComparison.Ordinal))
                    merges.Add(Parse(text, vocabulary, prefixLength, (_, expected) => item.Wrong(expected)));
                continue;
            }

            JsonField[] parts = [.. item.Items().Take(3)];
            if (parts.Length != 2)
                throw item.Wrong("two tokens");
            merges.Add(Merge(parts[0].AsString(), parts[1].AsString(), vocabulary, prefixLength, (_, expected) => item.Wrong(expected)));
        }

        return merges;
    }

    private static (int, int, int) Parse(string text, TokenVocabulary vocabulary, int prefixLength, Func<string, string, Exception> error)
    {
        int blank = text.IndexOf(' ');
        if (blank < 0 || text.IndexOf(' ', blank + 1) >= 0)
            throw error("is not a merge", "two tokens with a blank between them");
        return Merge(text[..blank], text[(blank + 1)..], vocabulary, prefixLength, error);
    }

    private static (int, int, int) Merge(
        string left, string right, TokenVocabulary vocabulary, int prefixLength, Func<string, string, Exception> error)
    {
        if (right.Length < prefixLength)
            throw error("is not a merge", $"a second token of at least {prefixLength} characters, the continuing_subword_prefix");
        return (Id(left), Id(right), Id(left + right[prefixLength..]));

        int Id(string token) => vocabulary.TryGetId(token, out int id)
            ? id
            : throw error("has a token that is not in the vocabulary", $"tokens of the vocabulary, where '{LoraFormatException.Shorten(token)}' is not");
    }
}
