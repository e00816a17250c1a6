namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>How the keys of checkpoints of one family become canonical names. A key that already is the name of a tensor of the model stays as it is.</summary>
internal sealed record StateDictRules
{
    /// <summary>Prefixes of all families: models that were saved inside another module, or by data-parallel training.</summary>
    private static readonly string[] s_commonPrefixes = ["model.", "transformer.", "module."];

    /// <summary>Buffers of all families that older versions of transformers saved: positions, causal masks, rotary frequencies.</summary>
    private static readonly string[] s_commonBuffers =
    [
        "embeddings.position_ids", "embeddings.token_type_ids", "attn.bias", "attn.masked_bias", "attention.bias", "attention.masked_bias", "rotary_emb.inv_freq",
    ];

    /// <summary>The family's own prefixes that are taken off, for example <c>bert.</c>; <c>model.</c>, <c>transformer.</c> and <c>module.</c> always are.</summary>
    public IReadOnlyList<string> Prefixes { get; init; } = [];

    /// <summary>Old endings and what they are now, for example <c>.gamma</c> and <c>.weight</c>.</summary>
    public IReadOnlyList<(string Old, string New)> Endings { get; init; } = [(".gamma", ".weight"), (".beta", ".bias")];

    /// <summary>The family's own buffers, ignored where a name is one or ends with one; those that all families have always are.</summary>
    public IReadOnlyList<string> Buffers { get; init; } = [];

    /// <summary>Beginnings of keys of task heads, which the encoder does not use: ignored.</summary>
    public IReadOnlyList<string> HeadPrefixes { get; init; } = [];

    /// <summary>Groups of names that are one tensor: any of them in the checkpoint stands for the others.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Tied { get; init; } = [];

    /// <summary>All names a key may stand for: itself, then without one prefix after the other, each with today's ending.</summary>
    public IReadOnlyList<string> Forms(string key)
    {
        const int MostPrefixes = 4;
        List<string> forms = [Renamed(key)];
        for (string? rest = WithoutPrefix(key); rest is not null && forms.Count <= MostPrefixes; rest = WithoutPrefix(rest))
            forms.Add(Renamed(rest));
        return forms;
    }

    /// <summary>True for a buffer.</summary>
    public bool IsBuffer(string name) => IsOneOf(name, s_commonBuffers) || IsOneOf(name, Buffers);

    /// <summary>True for a tensor of a task head.</summary>
    public bool IsHead(string name) => HeadPrefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal));

    /// <summary>The other names of a tied tensor.</summary>
    public IEnumerable<string> TiedWith(string name) => Tied.Where(group => group.Contains(name)).SelectMany(group => group).Where(other => other != name);

    private string? WithoutPrefix(string name)
    {
        string? prefix = Prefixes.Concat(s_commonPrefixes).FirstOrDefault(p => name.StartsWith(p, StringComparison.Ordinal));
        return prefix is null ? null : name[prefix.Length..];
    }

    private string Renamed(string name)
    {
        foreach ((string old, string now) in Endings)
        {
            if (name.EndsWith(old, StringComparison.Ordinal))
                return name[..^old.Length] + now;
        }

        return name;
    }

    private static bool IsOneOf(string name, IReadOnlyList<string> endings) => endings.Any(e => name.EndsWith(e, StringComparison.Ordinal)
        && (name.Length == e.Length || name[name.Length - e.Length - 1] == '.'));
}
