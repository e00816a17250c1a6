using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.Lora.Configuration;

namespace Microsoft.ML.Lora.Adapters;

/// <summary>
/// Decides which module paths the options mean, with PEFT's rules: a list entry is the whole path or a dotted suffix, a pattern must match the
/// whole path, an exclusion wins, and layer indices restrict suffix matches only. Remembers which requests matched nothing.
/// </summary>
internal sealed class TargetMatcher
{
    /// <summary>The list entry that means every linear layer of the base.</summary>
    public const string AllLinear = "all-linear";

    private readonly LoraOptions _options;
    private readonly IReadOnlyList<string> _targets;
    private readonly bool _all;
    private readonly Regex? _targetPattern;
    private readonly Regex? _excludePattern;
    private readonly IReadOnlyList<Regex> _layerPatterns;
    private readonly IReadOnlyList<(string Key, Regex Pattern, int Rank)> _ranks;
    private readonly IReadOnlyList<(string Key, Regex Pattern, double Alpha)> _alphas;
    private readonly HashSet<string> _unusedTargets;
    private readonly HashSet<int> _unusedLayers;
    private readonly HashSet<string> _unusedPatterns;

    /// <param name="options">Validated options.</param>
    /// <param name="defaultTargets">The family's targets, used when the options name none.</param>
    public TargetMatcher(LoraOptions options, IReadOnlyList<string> defaultTargets)
    {
        _options = options;
        _targetPattern = options.TargetModulesPattern is { } target && target != AllLinear ? PathPattern.Full(target) : null;
        _targets = options.TargetModules ?? (options.TargetModulesPattern is null ? defaultTargets : []);
        _all = options.TargetModulesPattern == AllLinear || _targets.Contains(AllLinear);
        _excludePattern = options.ExcludeModulesPattern is { } exclude ? PathPattern.Full(exclude) : null;
        _layerPatterns = (options.LayersPattern is { Count: > 0 } names ? names : ["[^.]*"])
            .Select(name => new Regex($@"\A.*\.{name}\.(\d+)\.", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(2))).ToArray();
        _ranks = (options.RankPattern ?? []).Select(p => (p.Key, PathPattern.DottedSuffix(p.Key), p.Value)).ToArray();
        _alphas = (options.AlphaPattern ?? []).Select(p => (p.Key, PathPattern.DottedSuffix(p.Key), p.Value)).ToArray();
        _unusedTargets = _targets.Where(t => t != AllLinear).ToHashSet(StringComparer.Ordinal);
        _unusedLayers = (options.LayersToTransform ?? []).ToHashSet();
        _unusedPatterns = _ranks.Select(r => r.Key).Concat(_alphas.Select(a => a.Key)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Entries of the target list that no path so far matched.</summary>
    public IReadOnlyCollection<string> UnusedTargets => _unusedTargets;

    /// <summary>Layer indices that no path so far had.</summary>
    public IReadOnlyCollection<int> UnusedLayers => _unusedLayers;

    /// <summary>Keys of rank and alpha patterns that no adapted path so far matched.</summary>
    public IReadOnlyCollection<string> UnusedPatterns => _unusedPatterns;

    /// <summary>What the user asked for, for messages.</summary>
    public string Request => _targetPattern is not null || _all
        ? $"'{_options.TargetModulesPattern ?? AllLinear}'"
        : string.Join(", ", _targets.Select(t => $"'{t}'"));

    /// <summary>Whether the module gets an adapter.</summary>
    public bool Matches(string path)
    {
        bool found;
        if (_all)
        {
            found = true;
        }
        else if (_targetPattern is not null)
        {
            found = _targetPattern.IsMatch(path);
        }
        else
        {
            string[] matching = _targets.Where(t => IsNameOrSuffix(path, t)).ToArray();
            _unusedTargets.ExceptWith(matching);
            found = matching.Length > 0 && (matching.Contains(path) || IsInTransformedLayer(path));
        }

        return found && !IsExcluded(path);
    }

    /// <summary>The rank for an adapted path.</summary>
    public int RankOf(string path)
    {
        foreach ((string key, Regex pattern, int rank) in _ranks)
        {
            if (pattern.IsMatch(path))
            {
                _unusedPatterns.Remove(key);
                return rank;
            }
        }

        return _options.Rank;
    }

    /// <summary>The alpha for an adapted path.</summary>
    public double AlphaOf(string path)
    {
        foreach ((string key, Regex pattern, double alpha) in _alphas)
        {
            if (pattern.IsMatch(path))
            {
                _unusedPatterns.Remove(key);
                return alpha;
            }
        }

        return _options.Alpha;
    }

    private static bool IsNameOrSuffix(string path, string name) => path == name || path.EndsWith("." + name, StringComparison.Ordinal);

    private bool IsExcluded(string path) =>
        _excludePattern?.IsMatch(path) == true || _options.ExcludeModules?.Any(name => IsNameOrSuffix(path, name)) == true;

    private bool IsInTransformedLayer(string path)
    {
        if (_options.LayersToTransform is not { } layers)
            return true;
        foreach (Regex pattern in _layerPatterns)
        {
            Match match = pattern.Match(path);
            if (!match.Success)
                continue;
            if (!int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) || !layers.Contains(layer))
                return false;
            _unusedLayers.Remove(layer);
            return true;
        }

        return false;
    }
}
