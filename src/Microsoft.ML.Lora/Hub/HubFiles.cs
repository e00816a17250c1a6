using System.Text.RegularExpressions;
using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Hub;

/// <summary>Which files of a repository a base model needs.</summary>
internal static partial class HubFiles
{
    /// <summary>The model's settings.</summary>
    public const string Config = "config.json";

    // Any one of them makes a tokenizer.
    private static readonly string[] s_tokenizers = ["tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "tokenizer.model", "sentencepiece.bpe.model"];

    private static readonly string[] s_others =
    [
        Config, "generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "merges.txt", "chat_template.jinja",
        "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json",
    ];

    /// <summary>Settings and tokenizer: everything but weights.</summary>
    public static IReadOnlyList<string> Small(IEnumerable<string> names) =>
        [.. names.Where(name => s_others.Contains(name) || s_tokenizers.Contains(name) || ModuleConfig().IsMatch(name)).Order(StringComparer.Ordinal)];

    /// <summary>The file with the weights, or the index that names their shards; null where there is none that can be read.</summary>
    public static string? Weights(IReadOnlySet<string> names) => CheckpointFiles.Names.FirstOrDefault(names.Contains);

    /// <summary>The shards that an index names.</summary>
    /// <exception cref="LoraFormatException">It is broken, or names something that is not a file beside it.</exception>
    public static IReadOnlyList<string> Shards(string index) => [.. CheckpointFiles.ReadShards(index).Values.Distinct().Order(StringComparer.Ordinal)];

    /// <summary>What a folder lacks to be a base model, or null. A link to nothing counts as lacking.</summary>
    /// <param name="folder">A snapshot.</param>
    /// <param name="withTokenizer">Whether a tokenizer belongs to it.</param>
    public static string? MissingIn(string folder, bool withTokenizer)
    {
        HashSet<string> names = [.. Directory.EnumerateFiles(folder).Where(RealFile.Exists).Select(path => Path.GetFileName(path))];
        if (!names.Contains(Config))
            return $"it has no {Config}";
        if (withTokenizer && !s_tokenizers.Any(names.Contains))
            return $"it has no tokenizer ({string.Join(", ", s_tokenizers)})";
        if (Weights(names) is not { } weights)
            return $"it has no weights ({string.Join(", ", CheckpointFiles.Names)})";
        if (!CheckpointFiles.IsIndex(weights))
            return null;
        try
        {
            return Shards(Path.Combine(folder, weights)).FirstOrDefault(shard => !names.Contains(shard)) is { } shard
                ? $"'{shard}', which {weights} names, is not there"
                : null;
        }
        catch (LoraFormatException e)
        {
            return e.Message.TrimEnd('.');
        }
    }

    // The settings of a sentence-transformers module: 1_Pooling/config.json.
    [GeneratedRegex(@"\A[0-9]+_[A-Za-z]+/config\.json\z", RegexOptions.CultureInvariant)]
    private static partial Regex ModuleConfig();
}
