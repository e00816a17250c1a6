using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;
using Microsoft.ML.Lora.Configuration;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>What an <c>adapter_config.json</c> says, as far as it is supported.</summary>
/// <param name="Name">What messages call the file.</param>
/// <param name="Options">The adapter's options.</param>
/// <param name="TaskType">For example SEQ_CLS; null when the file has none.</param>
/// <param name="SavesHead">Whether the file says that the classifier is stored.</param>
/// <param name="BaseModelName">What the adapter was trained on; null when the file does not say.</param>
/// <param name="UnknownKeys">Keys that were passed over because no version known here has them.</param>
internal sealed record PeftConfig(
    string Name, LoraOptions Options, string? TaskType, bool SavesHead, string? BaseModelName, IReadOnlyList<string> UnknownKeys)
{
    /// <summary>Fields whose value makes no difference to a finished LoRA adapter of linear layers.</summary>
    private static readonly HashSet<string> _neutral = new(StringComparer.Ordinal)
    {
        "auto_mapping", "base_model_name_or_path", "corda_config", "ensure_weight_tying", "eva_config", "inference_mode", "loftq_config",
        "lora_ga_config", "megatron_core", "peft_version", "qalora_group_size", "revision", "runtime_config", "enable_lora", "merge_weights",
    };

    /// <summary>Fields that change the arithmetic; any value but "off" is refused.</summary>
    private static readonly HashSet<string> _unsupported = new(StringComparer.Ordinal)
    {
        "alora_invocation_tokens", "arrow_config", "fan_in_fan_out", "kasa_config", "layer_replication", "lora_bias", "megatron_config",
        "monteclora_config", "target_parameters", "trainable_token_indices", "use_bdlora", "use_dora", "use_qalora", "velora_config",
    };

    /// <summary>Initialisations that leave the base weights as they are.</summary>
    private static readonly HashSet<string> _plainInitialisations = new(StringComparer.Ordinal) { "gaussian", "eva", "orthogonal", "lora_ga" };

    private static readonly HashSet<string> _taskTypes = new(StringComparer.Ordinal)
    {
        "SEQ_CLS", "SEQ_2_SEQ_LM", "CAUSAL_LM", "TOKEN_CLS", "QUESTION_ANS", "FEATURE_EXTRACTION",
    };

    public static byte[] Write(LoraOptions options, IReadOnlyList<string> defaultTargets, bool hasHead, string? baseModelName)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartObject("alpha_pattern");
            foreach ((string key, double alpha) in options.AlphaPattern ?? [])
                Number(json, key, alpha);
            json.WriteEndObject();
            json.WriteNull("auto_mapping");
            json.WriteString("base_model_name_or_path", baseModelName);
            json.WriteString("bias", "none");
            NamesOrPattern(json, "exclude_modules", options.ExcludeModules, options.ExcludeModulesPattern);
            json.WriteBoolean("fan_in_fan_out", false);
            json.WriteBoolean("inference_mode", true);
            json.WriteBoolean("init_lora_weights", true);
            NamesOrPattern(json, "layers_pattern", options.LayersPattern, null);
            if (options.LayersToTransform is { } layers)
            {
                json.WriteStartArray("layers_to_transform");
                foreach (int layer in layers)
                    json.WriteNumberValue(layer);
                json.WriteEndArray();
            }
            else
            {
                json.WriteNull("layers_to_transform");
            }

            Number(json, "lora_alpha", options.Alpha);
            json.WriteNumber("lora_dropout", options.Dropout);
            NamesOrPattern(json, "modules_to_save", hasHead ? PeftFormat.HeadModules : null, null);
            json.WriteString("peft_type", "LORA");
            json.WriteNumber("r", options.Rank);
            json.WriteStartObject("rank_pattern");
            foreach ((string key, int rank) in options.RankPattern ?? [])
                json.WriteNumber(key, rank);
            json.WriteEndObject();
            json.WriteNull("revision");
            bool all = options.TargetModules?.Contains(TargetMatcher.AllLinear) == true; // the word is special as text only
            NamesOrPattern(json, "target_modules",
                options.IsNone ? [] : all ? null : options.TargetModules ?? (options.TargetModulesPattern is null ? defaultTargets : null),
                all ? TargetMatcher.AllLinear : options.TargetModulesPattern);
            json.WriteString("task_type", hasHead ? "SEQ_CLS" : null);
            json.WriteBoolean("use_dora", false);
            json.WriteBoolean("use_rslora", options.UseRsLora);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <exception cref="LoraFormatException">Not a configuration of a supported adapter; the message names the field.</exception>
    public static PeftConfig Parse(ReadOnlySpan<byte> utf8, string name)
    {
        JsonElement root = ParseObject(utf8, name);
        var fields = new PeftConfigFields(root, name);
        string? type = fields.Text("peft_type");
        if (!string.Equals(type, "LORA", StringComparison.OrdinalIgnoreCase))
            throw fields.Error("peft_type", "is not supported", "LORA");
        string? task = fields.Text("task_type");
        if (task is not null && task != "SEQ_CLS" && task != "FEATURE_EXTRACTION")
            throw fields.Error("task_type", _taskTypes.Contains(task) ? "is another task" : "is unknown", "SEQ_CLS or null");
        foreach (string key in _unsupported)
        {
            if (fields.IsOn(key))
                throw fields.Error(key, "is set, and adapters with it are not supported", "null, false or absent");
        }

        if ((fields.Text("bias") ?? "none") != "none")
            throw fields.Error("bias", "is set, and adapters that change biases are not supported", "none");
        CheckInitialisation(fields);

        var problems = new OptionProblems();
        LoraOptions options = fields.ToOptions();
        options.Validate(problems);
        if (problems.Describe() is { } text)
            throw new LoraFormatException($"'{name}': {text}");

        IReadOnlyList<string> saved = fields.Names("modules_to_save") ?? [];
        if (saved.Except(PeftFormat.HeadModules).ToArray() is { Length: > 0 } others)
        {
            throw fields.Error("modules_to_save",
                $"contains {string.Join(", ", others.Select(o => $"'{o}'"))}, and only the classifier can be stored with an adapter", "classifier, score or null");
        }

        string[] unknown = root.EnumerateObject().Select(p => p.Name)
            .Where(k => !_neutral.Contains(k) && !_unsupported.Contains(k) && !PeftConfigFields.Read.Contains(k)).ToArray();
        // PEFT adds the classifier to what is saved whenever the task is classification.
        return new PeftConfig(name, options, task, saved.Count > 0 || task == "SEQ_CLS", fields.Text("base_model_name_or_path"), unknown);
    }

    private static void CheckInitialisation(PeftConfigFields fields)
    {
        JsonElement? init = fields.Element("init_lora_weights");
        bool plain = init is null || init.Value.ValueKind is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null
            || (init.Value.ValueKind == JsonValueKind.String && _plainInitialisations.Contains(init.Value.GetString()!));
        if (!plain)
        {
            throw fields.Error("init_lora_weights", "changes the base weights, and such an adapter does not fit the unchanged base",
                "true; convert the adapter with PEFT's path_initial_model_for_weight_conversion");
        }
    }

    private static JsonElement ParseObject(ReadOnlySpan<byte> utf8, string name)
    {
        JsonElement root = JsonText.Parse(utf8.ToArray(), name, maxDepth: 16);
        return root.ValueKind == JsonValueKind.Object ? root : throw new LoraFormatException(name, "the document is not an object");
    }

    private static void Number(Utf8JsonWriter json, string key, double value)
    {
        // PEFT's fields are integers where they can be.
        if (value == Math.Floor(value) && Math.Abs(value) < 1e15)
            json.WriteNumber(key, (long)value);
        else
            json.WriteNumber(key, value);
    }

    private static void NamesOrPattern(Utf8JsonWriter json, string key, IReadOnlyList<string>? names, string? pattern)
    {
        if (names is null)
        {
            json.WriteString(key, pattern); // null becomes null
            return;
        }

        json.WriteStartArray(key);
        foreach (string name in names)
            json.WriteStringValue(name);
        json.WriteEndArray();
    }
}
