using System.Text;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>
/// Finds for each tensor of a model the key of a checkpoint. All that is missing, unexpected or of another shape is reported in one error,
/// with the nearest names.
/// </summary>
internal static class StateDictMapper
{
    private const int MaxListed = 12;

    /// <summary>Maps canonical names to keys.</summary>
    /// <param name="file">The checkpoint, for messages.</param>
    /// <param name="found">Its keys and shapes.</param>
    /// <param name="expected">What the model needs.</param>
    /// <param name="rules">How keys become names.</param>
    /// <returns>Canonical name to key, without the optional tensors that are not there.</returns>
    /// <exception cref="LoraFormatException">Something does not fit.</exception>
    public static IReadOnlyDictionary<string, string> Map(
        string file, IEnumerable<(string Key, long[] Shape)> found, IReadOnlyList<ExpectedTensor> expected, StateDictRules rules)
    {
        Dictionary<string, ExpectedTensor> wanted = expected.ToDictionary(e => e.Name, StringComparer.Ordinal);
        Dictionary<string, string> map = new(StringComparer.Ordinal);
        List<string> unexpected = [], misshaped = [], twice = [];
        foreach ((string key, long[] shape) in found)
        {
            string name = Canonical(key, rules);
            if (wanted.TryGetValue(name, out ExpectedTensor? tensor))
            {
                if (!map.TryAdd(name, key))
                    twice.Add($"{LoraFormatException.Shorten(key)} (also {LoraFormatException.Shorten(map[name])})");
                if (!tensor.Shape.AsSpan().SequenceEqual(shape))
                    misshaped.Add($"{LoraFormatException.Shorten(key)}: found [{string.Join(", ", shape)}], expected [{string.Join(", ", tensor.Shape)}]");
            }
            else if (!rules.IgnoredNames.Contains(name) && !rules.HeadPrefixes.Any(p => key.StartsWith(p, StringComparison.Ordinal)))
            {
                unexpected.Add(key);
            }
        }

        List<string> missing = [.. expected.Where(e => e.Required && !map.ContainsKey(e.Name)).Select(e => e.Name)];
        if (missing.Count + unexpected.Count + misshaped.Count + twice.Count == 0)
            return map;
        var text = new StringBuilder("the tensors do not fit the configuration");
        Append(text, "missing", missing.Count, missing.Select(m => WithNearest(m, m, unexpected, key => Canonical(key, rules))));
        Append(text, "unexpected", unexpected.Count, unexpected.Select(u => WithNearest(u, Canonical(u, rules), missing, name => name)));
        Append(text, "of another shape", misshaped.Count, misshaped);
        Append(text, "given twice", twice.Count, twice);
        throw new LoraFormatException(file, text.ToString());
    }

    /// <summary>The canonical name of a key.</summary>
    public static string Canonical(string key, StateDictRules rules)
    {
        string name = key;
        foreach (string prefix in rules.Prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                name = name[prefix.Length..];
                break;
            }
        }

        foreach ((string old, string now) in rules.Endings)
        {
            if (name.EndsWith(old, StringComparison.Ordinal))
                return name[..^old.Length] + now;
        }

        return name;
    }

    /// <summary>The candidate with the smallest edit distance, where it is near enough to be meant.</summary>
    public static string? Nearest(string name, IReadOnlyList<string> candidates, Func<string, string>? canonical = null)
    {
        string? best = null;
        int bestDistance = Math.Max(3, name.Length / 3) + 1;
        foreach (string candidate in candidates.Take(1000))
        {
            string form = canonical is null ? candidate : canonical(candidate);
            if (form.Length <= 300 && name.Length <= 300 && Math.Abs(form.Length - name.Length) < bestDistance
                && Distance(name, form) is var distance && distance < bestDistance)
                (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    private static void Append(StringBuilder text, string title, int count, IEnumerable<string> lines)
    {
        if (count == 0)
            return;
        text.Append($"; {count} {title}: ").AppendJoin(", ", lines.Take(MaxListed));
        if (count > MaxListed)
            text.Append($", and {count - MaxListed} more");
    }

    /// <param name="shown">What is printed.</param>
    /// <param name="compared">What is compared: the canonical form of it.</param>
    /// <param name="candidates">Among which the nearest is sought.</param>
    /// <param name="canonical">The canonical form of a candidate.</param>
    private static string WithNearest(string shown, string compared, IReadOnlyList<string> candidates, Func<string, string> canonical) =>
        Nearest(compared, candidates, canonical) is { } near
            ? $"{LoraFormatException.Shorten(shown)} (nearest: {LoraFormatException.Shorten(near)})"
            : LoraFormatException.Shorten(shown);

    private static int Distance(string a, string b)
    {
        int[] row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
