using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>Which single characters are the same letter in another case.</summary>
internal static class CaseFolding
{
    /// <summary>Small letters that have a second form: long s, final sigma and the Greek symbol forms.</summary>
    private static readonly (int Form, int Letter)[] s_forms =
    [
        (0x17F, 's'), (0x3C2, 0x3C3), (0x3D0, 0x3B2), (0x3D1, 0x3B8), (0x3D5, 0x3C6), (0x3D6, 0x3C0), (0x3F0, 0x3BA), (0x3F1, 0x3C1),
        (0x3F5, 0x3B5), (0x1E9B, 0x1E61), (0x1FBE, 0x3B9), (0x345, 0x3B9), (0xB5, 0x3BC),
    ];

    private static readonly Lazy<Dictionary<int, List<int>>> s_byFold = new(MakeClasses);

    /// <summary>The other characters that a case-insensitive match of a character accepts.</summary>
    public static IEnumerable<int> OtherCases(int c) =>
        s_byFold.Value.TryGetValue(Fold(c), out List<int>? all) ? all.Where(other => other != c) : [];

    private static int Fold(int c)
    {
        foreach ((int form, int letter) in s_forms)
        {
            if (form == c)
                return letter;
        }

        return UnicodeTables.Instance.LowerCase.TryGetValue(c, out int[]? lower) && lower.Length == 1 ? lower[0] : c;
    }

    private static Dictionary<int, List<int>> MakeClasses()
    {
        var classes = new Dictionary<int, List<int>>();
        foreach ((int upper, int[] lower) in UnicodeTables.Instance.LowerCase)
        {
            if (lower.Length == 1)
                Add(lower[0], upper);
        }

        foreach ((int form, int letter) in s_forms)
            Add(letter, form);
        return classes;

        void Add(int letter, int other)
        {
            if (!classes.TryGetValue(letter, out List<int>? all))
                classes.Add(letter, all = [letter]);
            all.Add(other);
        }
    }
}
