using Microsoft.ML.Lora.Configuration;

namespace Microsoft.ML.Lora;

/// <summary>
/// Which layers of the base model get a low-rank adapter, and of what size:
/// <c>y = W0 x + b + scaling * B(A(dropout(x)))</c> with A of shape (r, in) and B of shape (out, r)
/// (Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", arXiv 2106.09685, section 4.1).
/// </summary>
/// <remarks>
/// Names and matching rules are those of PEFT's <c>LoraConfig</c>, so that a setting found in a Python project means the same here.
/// The options are copied when training starts; changing them afterwards has no effect.
/// </remarks>
public sealed class LoraOptions
{
    /// <summary>No adapters: the base model stays frozen and only the classification head is trained.</summary>
    /// <value>A new instance at each call.</value>
    public static LoraOptions None => new() { IsNone = true };

    /// <summary>Whether these options ask for no adapters at all, as <see cref="None"/> does.</summary>
    public bool IsNone { get; private init; }

    /// <summary>r, the rank of the update: rows of A and columns of B. PEFT: <c>r</c>.</summary>
    /// <value>From 1 to the smaller side of the adapted layer; default 8.</value>
    public int Rank { get; set; } = 8;

    /// <summary>alpha: the update is scaled by alpha / r, or by alpha / sqrt(r) with <see cref="UseRsLora"/>. PEFT: <c>lora_alpha</c>.</summary>
    /// <value>Greater than 0; default 16.</value>
    public double Alpha { get; set; } = 16;

    /// <summary>Probability with which an element of an adapter's input is zeroed while training. PEFT: <c>lora_dropout</c>.</summary>
    /// <value>A probability in [0, 1); default 0.1.</value>
    public double Dropout { get; set; } = 0.1;

    /// <summary>
    /// Layers to adapt: each entry is a module's whole path or a dotted suffix of it ("query", "attention.output.dense").
    /// Every entry must match something. PEFT: <c>target_modules</c> as a list.
    /// </summary>
    /// <value>Default null: the attention's query, key and value projections of the model family, unless <see cref="TargetModulesPattern"/> is set.</value>
    public IReadOnlyList<string>? TargetModules { get; set; }

    /// <summary>A regular expression that must match a module's whole path. PEFT: <c>target_modules</c> as a string.</summary>
    /// <value>Default null. Not together with <see cref="TargetModules"/>.</value>
    public string? TargetModulesPattern { get; set; }

    /// <summary>Layers not to adapt although they are targets; entries match like those of <see cref="TargetModules"/>. PEFT: <c>exclude_modules</c>.</summary>
    /// <value>Default null: none.</value>
    public IReadOnlyList<string>? ExcludeModules { get; set; }

    /// <summary>A regular expression over the whole path of layers not to adapt. PEFT: <c>exclude_modules</c> as a string.</summary>
    /// <value>Default null. Not together with <see cref="ExcludeModules"/>.</value>
    public string? ExcludeModulesPattern { get; set; }

    /// <summary>
    /// Other ranks for some layers. A key is a regular expression that must match the whole path or what follows a dot of it;
    /// the first key that matches wins. PEFT: <c>rank_pattern</c>.
    /// </summary>
    /// <value>A dictionary, or a list of pairs where the order matters; default null.</value>
    public IReadOnlyCollection<KeyValuePair<string, int>>? RankPattern { get; set; }

    /// <summary>Other alphas for some layers; keys as in <see cref="RankPattern"/>. PEFT: <c>alpha_pattern</c>.</summary>
    /// <value>A dictionary, or a list of pairs where the order matters; default null.</value>
    public IReadOnlyCollection<KeyValuePair<string, double>>? AlphaPattern { get; set; }

    /// <summary>
    /// Scale by alpha / sqrt(r) instead of alpha / r (Kalajdzievski 2023, "A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA",
    /// arXiv 2312.03732). PEFT: <c>use_rslora</c>.
    /// </summary>
    /// <value>Default false.</value>
    public bool UseRsLora { get; set; }

    /// <summary>Indices, from 0, of the transformer layers to adapt; list targets only. PEFT: <c>layers_to_transform</c>.</summary>
    /// <value>Default null: all layers.</value>
    public IReadOnlyList<int>? LayersToTransform { get; set; }

    /// <summary>Name of the module list whose index <see cref="LayersToTransform"/> means, for example "layer". PEFT: <c>layers_pattern</c>.</summary>
    /// <value>Default null: any; the last number in the path counts.</value>
    public IReadOnlyList<string>? LayersPattern { get; set; }

    /// <summary>Checks everything that can be checked without a model; the rest is checked when the adapters are planned.</summary>
    internal void Validate(OptionProblems problems)
    {
        if (IsNone)
            return;
        problems.CheckAtLeast("LoraOptions.Rank", Rank, 1);
        problems.CheckRange("LoraOptions.Alpha", Alpha, 0, double.PositiveInfinity, minimumAllowed: false);
        problems.CheckRange("LoraOptions.Dropout", Dropout, 0, 1, maximumAllowed: false);
        if (TargetModules is { Count: 0 })
            problems.Add("LoraOptions.TargetModules", "is an empty list; name at least one layer, leave it null for the family's default, or use LoraOptions.None.");
        if (TargetModules is not null && TargetModulesPattern is not null)
            problems.Add("LoraOptions.TargetModulesPattern", "is set together with TargetModules; set one of them.");
        if (ExcludeModules is not null && ExcludeModulesPattern is not null)
            problems.Add("LoraOptions.ExcludeModulesPattern", "is set together with ExcludeModules; set one of them.");
        CheckNames(problems, "LoraOptions.TargetModules", TargetModules);
        CheckNames(problems, "LoraOptions.ExcludeModules", ExcludeModules);
        CheckNames(problems, "LoraOptions.LayersPattern", LayersPattern);
        PathPattern.Check(problems, "LoraOptions.TargetModulesPattern", TargetModulesPattern);
        PathPattern.Check(problems, "LoraOptions.ExcludeModulesPattern", ExcludeModulesPattern);
        foreach ((string pattern, int rank) in RankPattern ?? [])
        {
            PathPattern.Check(problems, "LoraOptions.RankPattern", pattern);
            problems.CheckAtLeast($"LoraOptions.RankPattern[\"{pattern}\"]", rank, 1);
        }

        foreach ((string pattern, double alpha) in AlphaPattern ?? [])
        {
            PathPattern.Check(problems, "LoraOptions.AlphaPattern", pattern);
            problems.CheckRange($"LoraOptions.AlphaPattern[\"{pattern}\"]", alpha, 0, double.PositiveInfinity, minimumAllowed: false);
        }

        if (LayersToTransform is { Count: 0 })
            problems.Add("LoraOptions.LayersToTransform", "is an empty list; name at least one layer, or leave it null for all.");
        foreach (int layer in LayersToTransform ?? [])
            problems.CheckAtLeast("LoraOptions.LayersToTransform", layer, 0);
        if (LayersToTransform is not null && TargetModulesPattern is not null)
            problems.Add("LoraOptions.LayersToTransform", "needs list targets; it cannot be combined with TargetModulesPattern.");
        if (LayersPattern is not null && LayersToTransform is null)
            problems.Add("LoraOptions.LayersPattern", "is set without LayersToTransform.");
    }

    /// <summary>A copy that later changes of this instance do not reach.</summary>
    internal LoraOptions Snapshot() => new()
    {
        IsNone = IsNone,
        Rank = Rank,
        Alpha = Alpha,
        Dropout = Dropout,
        TargetModules = TargetModules?.ToArray(),
        TargetModulesPattern = TargetModulesPattern,
        ExcludeModules = ExcludeModules?.ToArray(),
        ExcludeModulesPattern = ExcludeModulesPattern,
        RankPattern = RankPattern?.ToArray(),
        AlphaPattern = AlphaPattern?.ToArray(),
        UseRsLora = UseRsLora,
        LayersToTransform = LayersToTransform?.ToArray(),
        LayersPattern = LayersPattern?.ToArray(),
    };

    private static void CheckNames(OptionProblems problems, string option, IReadOnlyList<string>? names)
    {
        if (names?.Any(string.IsNullOrWhiteSpace) == true)
            problems.Add(option, "contains an empty name.");
    }
}
