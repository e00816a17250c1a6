using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Models;

/// <summary>The pooling of a base model.</summary>
/// <param name="Modes">One or more; the results of several are put behind one another in the order of the enumeration's use in the folder.</param>
/// <param name="Normalize">Whether the folder's sentence embedding is divided by its L2 norm. A classifier works on the vector before that.</param>
internal sealed record PoolingSettings(IReadOnlyList<PoolingMode> Modes, bool Normalize)
{
    // The order in which sentence-transformers concatenates.
    private static readonly (string Field, string Name, PoolingMode Mode)[] s_fields =
    [
        ("pooling_mode_cls_token", "cls", PoolingMode.Cls),
        ("pooling_mode_max_tokens", "max", PoolingMode.Max),
        ("pooling_mode_mean_tokens", "mean", PoolingMode.Mean),
        ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", PoolingMode.MeanSqrtLength),
        ("pooling_mode_weightedmean_tokens", "weightedmean", PoolingMode.WeightedMean),
        ("pooling_mode_lasttoken", "lasttoken", PoolingMode.LastToken),
    ];

    /// <summary>A single mode.</summary>
    public PoolingSettings(PoolingMode mode) : this([mode], false)
    {
    }

    /// <summary>What a folder says (modules.json, 1_Pooling/config.json), or null where it says nothing.</summary>
    /// <exception cref="LoraFormatException">A file is broken, or the settings that modules.json names are missing.</exception>
    public static PoolingSettings? Read(string folder)
    {
        string poolingFolder = "1_Pooling";
        bool normalize = false;
        string modules = Path.Combine(folder, "modules.json");
        if (RealFile.Exists(modules))
        {
            string? named = null;
            foreach ((string type, string path) in ReadModules(modules))
            {
                if (type.EndsWith(".Pooling", StringComparison.Ordinal))
                    named = path;
                else if (type.EndsWith(".Normalize", StringComparison.Ordinal))
                    normalize = true;
            }

            if (named is null)
                return null;
            poolingFolder = named;
        }

        // What modules.json names must be there: another pooling than the model's own would give other vectors without a word.
        string file = Path.Combine(folder, poolingFolder, "config.json");
        return RealFile.Exists(modules) || RealFile.Exists(file) ? new PoolingSettings(ReadModes(HuggingFaceConfig.Read(file)), normalize) : null;
    }

    /// <summary>Names joined by +, for example <c>Mean</c>.</summary>
    public override string ToString() => string.Join('+', Modes);

    /// <summary>The reverse of <see cref="ToString"/>.</summary>
    /// <exception cref="FormatException">A name is unknown.</exception>
    public static PoolingSettings Parse(string text, bool normalize = false)
    {
        List<PoolingMode> modes = [];
        foreach (string name in text.Split('+'))
        {
            // Enum.TryParse would take numbers too.
            if (!Enum.GetNames<PoolingMode>().Contains(name))
                throw new LoraFormatException($"Unknown pooling '{LoraFormatException.Shorten(name)}'; known are {string.Join(", ", Enum.GetNames<PoolingMode>())}.");
            modes.Add(Enum.Parse<PoolingMode>(name));
        }

        return new PoolingSettings(modes, normalize);
    }

    private static IReadOnlyList<PoolingMode> ReadModes(HuggingFaceConfig config)
    {
        // Older files have a flag per mode, newer ones a name or a list of names.
        if (config.Root.TryGetProperty("pooling_mode", out JsonElement mode) && mode.ValueKind != JsonValueKind.Null)
        {
            JsonElement[] names = mode.ValueKind == JsonValueKind.Array ? [.. mode.EnumerateArray()] : [mode];
            return [.. names.Select(n => Array.Find(s_fields, f => n.ValueKind == JsonValueKind.String && f.Name == n.GetString()) is { Field: not null } found
                ? found.Mode
                : throw config.Wrong("pooling_mode", n.GetRawText(), $"one of {string.Join(", ", s_fields.Select(f => f.Name))}"))];
        }

        PoolingMode[] modes = [.. s_fields.Where(f => config.Boolean(f.Field, false)).Select(f => f.Mode)];
        return modes.Length > 0 ? modes : throw config.Wrong("pooling_mode_*", "none is true", "at least one");
    }

    private static IEnumerable<(string Type, string Path)> ReadModules(string file)
    {
        if (RealFile.Of(file).Length > HuggingFaceConfig.MaxBytes)
            throw new LoraFormatException(file, "the file is too large for a configuration", offset: HuggingFaceConfig.MaxBytes, found: $"{RealFile.Of(file).Length} bytes", expected: $"at most {HuggingFaceConfig.MaxBytes}");
        JsonElement root = JsonText.Parse(File.ReadAllBytes(file), file);
        if (root.ValueKind != JsonValueKind.Array)
            throw new LoraFormatException(file, "not a JSON array", offset: 0, found: $"{root.ValueKind}", expected: "an array of modules");
        foreach (JsonElement module in root.EnumerateArray())
        {
            string type = Text(module, "type"), path = Text(module, "path");
            if (path.Length > 0 && (path != Path.GetFileName(path) || path is "." or ".."))
                throw new LoraFormatException(file, "this is not the name of a folder inside the model's", "path", found: $"'{path}'", expected: "a name without folders");
            yield return (type, path);
        }

        string Text(JsonElement module, string name) => module.ValueKind == JsonValueKind.Object && module.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new LoraFormatException(file, "a module lacks this text", name, found: "nothing, or something else", expected: "a text");
    }
}
