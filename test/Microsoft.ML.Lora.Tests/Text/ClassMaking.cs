using System.Text.Json.Nodes;

namespace Microsoft.ML.Lora.Tests.Text;

/// <summary>A class of the transformers library, and the settings with which it makes just the steps that a tokenizer.json has.</summary>
/// <param name="Class">Its name.</param>
/// <param name="Settings">The tokenizer_config.json.</param>
internal sealed record ClassMaking(string Class, JsonObject Settings)
{
    public static readonly string[] Classes = ["BertTokenizer", "GPT2Tokenizer", "RobertaTokenizer", "T5Tokenizer", "LlamaTokenizer"];

    /// <summary>The class that makes the steps of a file, or null where none of them does.</summary>
    public static ClassMaking? Of(JsonNode file)
    {
        JsonNode model = file["model"]!;
        JsonNode? normalizer = file["normalizer"], cutter = file["pre_tokenizer"], finish = file["post_processor"];
        if (Fits("BertTokenizer", file) && Flag(normalizer!, "clean_text") && Text(model, "continuing_subword_prefix") == "##" && (int?)model["max_input_chars_per_word"] == 100
            && Has("[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"))
        {
            return With("BertTokenizer", new JsonObject
            {
                ["do_lower_case"] = Flag(normalizer!, "lowercase"), ["strip_accents"] = normalizer!["strip_accents"]?.DeepClone(),
                ["tokenize_chinese_chars"] = Flag(normalizer, "handle_chinese_chars"),
            });
        }

        bool isPlain = model["unk_token"] is null && !Flag(model, "fuse_unk") && !Flag(model, "ignore_merges") && !Flag(model, "byte_fallback");
        if (Fits("RobertaTokenizer", file) && isPlain && Type(finish) == "RobertaProcessing" && Flag(cutter!, "add_prefix_space") == Flag(finish!, "add_prefix_space")
            && Has("<s>", "</s>", "<unk>", "<pad>", "<mask>"))
        {
            return With("RobertaTokenizer", new JsonObject { ["add_prefix_space"] = Flag(cutter!, "add_prefix_space"), ["trim_offsets"] = Flag(finish!, "trim_offsets") });
        }

        if (Fits("GPT2Tokenizer", file) && isPlain && Type(finish) != "RobertaProcessing" && Has("<|endoftext|>"))
            return With("GPT2Tokenizer", new JsonObject { ["add_prefix_space"] = Flag(cutter!, "add_prefix_space") });
        if (Fits("T5Tokenizer", file) && Type(normalizer) == "Precompiled" && Type(cutter) == "Sequence" && Prepends(cutter!["pretokenizers"]![1]!) == "always"
            && (int?)model["unk_id"] == 2 && !Flag(model, "byte_fallback") && Has("</s>", "<pad>", "<unk>"))
        {
            return With("T5Tokenizer", new JsonObject { ["extra_ids"] = model["vocab"]!.AsArray().Count(piece => ((string)piece![0]!).StartsWith("<extra_id_", StringComparison.Ordinal)) });
        }

        if (Fits("LlamaTokenizer", file) && normalizer is null && cutter is not null && cutter["split"] is { } split && !(bool)split && model["unk_token"] is null
            && Flag(model, "byte_fallback") && Flag(model, "fuse_unk") && Has("<s>", "</s>", "<unk>"))
        {
            string scheme = Prepends(cutter);
            return With("LlamaTokenizer", new JsonObject { ["legacy"] = scheme == "always", ["add_prefix_space"] = scheme != "never" });
        }

        return null;

        bool Has(params string[] tokens) => model["vocab"] is JsonObject vocabulary
            ? Array.TrueForAll(tokens, vocabulary.ContainsKey)
            : Array.TrueForAll(tokens, token => model["vocab"]!.AsArray().Any(piece => (string)piece![0]! == token));
    }

    /// <summary>Whether a file has the kinds of steps that a class makes.</summary>
    public static bool Fits(string name, JsonNode file)
    {
        JsonNode model = file["model"]!;
        JsonNode? normalizer = file["normalizer"], cutter = file["pre_tokenizer"];
        string kind = Text(model, "type") ?? (model["merges"] is not null ? "BPE" : model["continuing_subword_prefix"] is not null ? "WordPiece" : model["vocab"] is JsonArray ? "Unigram" : "WordLevel");
        bool isBare = kind == "BPE" && string.IsNullOrEmpty(Text(model, "continuing_subword_prefix")) && string.IsNullOrEmpty(Text(model, "end_of_word_suffix"));
        return name switch
        {
            "BertTokenizer" => kind == "WordPiece" && Type(normalizer) == "BertNormalizer" && Type(cutter) == "BertPreTokenizer",
            "GPT2Tokenizer" or "RobertaTokenizer" => isBare && normalizer is null && Type(cutter) == "ByteLevel",
            "T5Tokenizer" => kind == "Unigram" && model["vocab"]!.AsArray().Count > 2 && (Type(cutter) == "Metaspace" || (Type(cutter) == "Sequence"
                && cutter!["pretokenizers"]!.AsArray().Select(Type).SequenceEqual(["WhitespaceSplit", "Metaspace"]))),
            _ => isBare && (cutter is null || Type(cutter) == "Metaspace") && Type(file["decoder"]) != "ByteLevel",
        };
    }

    private static ClassMaking With(string name, JsonObject settings)
    {
        settings["tokenizer_class"] = name;
        return new ClassMaking(name, settings);
    }

    private static string? Type(JsonNode? part) => part is null ? null : Text(part, "type");

    private static string? Text(JsonNode part, string name) => (string?)part[name];

    private static bool Flag(JsonNode part, string name) => (bool?)part[name] ?? false;

    /// <summary>Where Metaspace puts a blank; older files say it with a flag.</summary>
    private static string Prepends(JsonNode metaspace) => Text(metaspace, "prepend_scheme") ?? (metaspace["add_prefix_space"] is { } adds && !(bool)adds ? "never" : "always");
}
