using System.Text;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>
/// Finds for each tensor of a model the key of a checkpoint. All that is missing, unexpected or of another shape is reported in one error,
/// with the nearest names.
/// </summary>
internal static class StateDictMapper
{
    private const int MaxListed = 12;

    /// <summary>For so many names of a kind the nearest ones are looked for: more than any family's models have in one layer, and little work for a hostile file.</summary>
    private const int MaxNearest = 200;

    /// <summary>A name that differs in more characters is not what was meant.</summary>
    private const int MostDifferences = 24;

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
        Dictionary<string, (string Key, long[] Shape)> unused = new(StringComparer.Ordinal);
        List<string> unexpected = [], misshaped = [], twice = [];
        foreach ((string key, long[] shape) in found)
        {
            IReadOnlyList<string> forms = rules.Forms(key);
            if (forms.FirstOrDefault(wanted.ContainsKey) is { } name)
            {
                if (!map.TryAdd(name, key))
                    twice.Add($"{LoraFormatException.Shorten(key)} (also {LoraFormatException.Shorten(map[name])})");
                CheckShape(name, key, shape);
            }
            else if (forms.FirstOrDefault(f => rules.TiedWith(f).Any()) is { } tied)
            {
                unused.TryAdd(tied, (key, shape));
            }
            else if (!forms.Any(f => rules.IsBuffer(f) || rules.IsHead(f)))
            {
                unexpected.Add(key);
            }
        }

        // A tied tensor that is stored once, under any of its names, is there under all of them.
        Dictionary<string, long[]> shapes = map.ToDictionary(m => m.Key, m => wanted[m.Key].Shape, StringComparer.Ordinal);
        foreach (ExpectedTensor tensor in expected.Where(e => !map.ContainsKey(e.Name)))
        {
            foreach (string other in rules.TiedWith(tensor.Name))
            {
                (string Key, long[] Shape)? source = shapes.TryGetValue(other, out long[]? mapped) ? (map[other], mapped) : unused.TryGetValue(other, out var spare) ? spare : null;
                if (source is { } one)
                {
                    map.Add(tensor.Name, one.Key);
                    CheckShape(tensor.Name, one.Key, one.Shape);
                    break;
                }
            }
        }

        List<string> missing = [.. expected.Where(e => e.Required && !map.ContainsKey(e.Name)).Select(e => e.Name)];
        if (missing.Count + unexpected.Count + misshaped.Count + twice.Count == 0)
            return map;
        var text = new StringBuilder("the tensors do not fit the configuration");
        List<string> details = [];
        Append(text, details, "missing", [.. missing.Select((m, i) => WithNearest(m, m, i < MaxNearest ? unexpected : [], key => rules.Forms(key)[^1]))]);
        Append(text, details, "unexpected", [.. unexpected.Select((u, i) => WithNearest(u, rules.Forms(u)[^1], i < MaxNearest ? missing : [], name => name))]);
        Append(text, details, "of another shape", misshaped);
        Append(text, details, "given twice", twice);
        string all = details.Count > MaxListed ? $"; all {details.Count} are in the exception's Details" : "";
        throw new LoraFormatException(file, $"{text}{all}", found: $"{map.Count} tensors that fit", expected: $"{wanted.Values.Count(e => e.Required)} at least", details: details);

        void CheckShape(string name, string key, long[] shape)
        {
            if (!wanted[name].Shape.AsSpan().SequenceEqual(shape))
                misshaped.Add($"{LoraFormatException.Shorten(key)}: found [{string.Join(", ", shape)}], expected [{string.Join(", ", wanted[name].Shape)}]");
        }
    }

    /// <summary>The candidate with the smallest edit distance, where it is near enough to be meant.</summary>
    public static string? Nearest(string name, IReadOnlyList<string> candidates, Func<string, string>? canonical = null)
    {
        string? best = null;
        int bestDistance = Math.Clamp(name.Length / 3, 3, MostDifferences) + 1;
        foreach (string candidate in candidates.Take(1000))
        {
            string form = canonical is null ? candidate : canonical(candidate);
            if (form.Length <= 300 && name.Length <= 300 && Math.Abs(form.Length - name.Length) < bestDistance
                && Distance(name, form, bestDistance) is var distance && distance < bestDistance)
                (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    private static void Append(StringBuilder text, List<string> details, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
            return;
        text.Append($"; {lines.Count} {title}: ").AppendJoin(", ", lines.Take(MaxListed));
        if (lines.Count > MaxListed)
            text.Append($", and {lines.Count - MaxListed} more");
        details.AddRange(lines.Select(line => $"{title}: {line}"));
    }

    /// <param name="shown">What is printed.</param>
    /// <param name="compared">What is compared: the canonical form of it.</param>
    /// <param name="candidates">Among which the nearest is sought.</param>
    /// <param name="canonical">The canonical form of a candidate.</param>
    private static string WithNearest(string shown, string compared, IReadOnlyList<string> candidates, Func<string, string> canonical) =>
        Nearest(compared, candidates, canonical) is { } near
            ? $"{LoraFormatException.Shorten(shown)} (nearest: {LoraFormatException.Shorten(near)})"
            : LoraFormatException.Shorten(shown);

    /// <summary>Levenshtein's distance; where it is <paramref name="limit"/> or more, any such number.</summary>
    private static int Distance(string a, string b, int limit)
    {
        int[] row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            // Outside the band around the diagonal every number is at least the limit.
            int from = Math.Max(1, i - limit), to = Math.Min(b.Length, i + limit), least = limit;
            int diagonal = row[from - 1];
            row[from - 1] = from == 1 ? i : limit;
            if (to < b.Length)
                row[to + 1] = limit;
            for (int j = from; j <= to; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
                least = Math.Min(least, row[j]);
            }

            if (least >= limit)
                return limit;
        }

        return row[b.Length];
    }
}
