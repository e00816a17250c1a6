using System.Text.Json;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>Typed access to the fields of an <c>adapter_config.json</c>; every error names file and field.</summary>
internal sealed class PeftConfigFields(JsonElement root, string file)
{
    /// <summary>The fields that are read.</summary>
    public static readonly IReadOnlySet<string> Read = new HashSet<string>(StringComparer.Ordinal)
    {
        "alpha_pattern", "bias", "exclude_modules", "init_lora_weights", "layers_pattern", "layers_to_transform", "lora_alpha", "lora_dropout",
        "modules_to_save", "peft_type", "r", "rank_pattern", "target_modules", "task_type", "use_rslora",
    };

    public LoraFormatException Error(string key, string problem, string expected) =>
        new(file, problem, key, found: Element(key)?.GetRawText() ?? "nothing", expected: expected);

    /// <summary>The field, or null where it is absent or null.</summary>
    public JsonElement? Element(string key) =>
        root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Whether a field has any value but null, false, and an empty list or object.</summary>
    public bool IsOn(string key) => Element(key) is { } value && value.ValueKind switch
    {
        JsonValueKind.False => false,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        _ => true,
    };

    public string? Text(string key) => Element(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Error(key, "is of the wrong kind", "text");

    /// <summary>A list of names, or one name alone.</summary>
    public IReadOnlyList<string>? Names(string key)
    {
        if (Element(key) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return [value.GetString()!];
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(e => e.ValueKind != JsonValueKind.String))
            throw Error(key, "is of the wrong kind", "a list of names");
        return value.EnumerateArray().Select(e => e.GetString()!).ToArray();
    }

    /// <summary>The options that the fields describe; defaults are PEFT's, not this library's.</summary>
    public LoraOptions ToOptions()
    {
        bool isPattern = Element("target_modules") is { ValueKind: JsonValueKind.String };
        IReadOnlyList<string>? targets = isPattern ? null : Names("target_modules");
        if (targets is { Count: 0 })
            return LoraOptions.None;
        bool excludesPattern = Element("exclude_modules") is { ValueKind: JsonValueKind.String };
        return new LoraOptions
        {
            Rank = Integer("r") ?? 8,
            Alpha = Number("lora_alpha") ?? 8,
            Dropout = Number("lora_dropout") ?? 0,
            UseRsLora = Flag("use_rslora"),
            TargetModules = targets ?? (isPattern ? null : DefaultTargets),
            TargetModulesPattern = isPattern ? Text("target_modules") : null,
            ExcludeModules = excludesPattern ? null : Names("exclude_modules"),
            ExcludeModulesPattern = excludesPattern ? Text("exclude_modules") : null,
            LayersToTransform = Layers(),
            LayersPattern = Names("layers_pattern"),
            RankPattern = Pairs("rank_pattern")?.Select(p => KeyValuePair.Create(p.Key, ToInteger("rank_pattern", p.Value))).ToArray(),
            AlphaPattern = Pairs("alpha_pattern")?.Select(p => KeyValuePair.Create(p.Key, ToNumber("alpha_pattern", p.Value))).ToArray(),
        };
    }

    /// <summary>What PEFT adapts in the BERT family when the file names nothing.</summary>
    private static IReadOnlyList<string> DefaultTargets => ["query", "value"];

    private bool Flag(string key) => Element(key) is { } value
        && (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Error(key, "is of the wrong kind", "true or false"));

    private int? Integer(string key) => Element(key) is { } value ? ToInteger(key, value) : null;

    private double? Number(string key) => Element(key) is { } value ? ToNumber(key, value) : null;

    private int ToInteger(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw Error(key, "is of the wrong kind", "a whole number");

    private double ToNumber(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw Error(key, "is of the wrong kind", "a number");

    private int[]? Layers()
    {
        if (Element("layers_to_transform") is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number)
            return [ToInteger("layers_to_transform", value)];
        if (value.ValueKind != JsonValueKind.Array)
            throw Error("layers_to_transform", "is of the wrong kind", "a whole number or a list of them");
        var layers = new List<int>();
        foreach (JsonElement layer in value.EnumerateArray())
            layers.Add(ToInteger("layers_to_transform", layer));
        return layers.Count == 0 ? null : [.. layers];
    }

    private IReadOnlyList<KeyValuePair<string, JsonElement>>? Pairs(string key)
    {
        if (Element(key) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Object)
            throw Error(key, "is of the wrong kind", "an object");
        return value.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value)).ToArray();
    }
}
