namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>How the keys of checkpoints of one family become canonical names.</summary>
internal sealed record StateDictRules
{
    /// <summary>Prefixes that are taken off, for example <c>bert.</c>.</summary>
    public IReadOnlyList<string> Prefixes { get; init; } = [];

    /// <summary>Old endings and what they are now, for example <c>.gamma</c> and <c>.weight</c>.</summary>
    public IReadOnlyList<(string Old, string New)> Endings { get; init; } = [(".gamma", ".weight"), (".beta", ".bias")];

    /// <summary>Canonical names that are buffers, not weights: ignored.</summary>
    public IReadOnlyList<string> IgnoredNames { get; init; } = [];

    /// <summary>Beginnings of keys of task heads, which the encoder does not use: ignored.</summary>
    public IReadOnlyList<string> HeadPrefixes { get; init; } = [];
}
