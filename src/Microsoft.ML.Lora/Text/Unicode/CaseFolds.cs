namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>
/// Which characters Oniguruma takes for the same without regard to case: each folds to itself or to one, two or three others.
/// Read at first use from <c>case-folds.bin</c>, which <c>eng/unicode/generate_folds.py</c> writes.
/// </summary>
internal sealed class CaseFolds
{
    private static readonly Lazy<CaseFolds> s_instance = new(() => new CaseFolds(new UnicodeDataReader("case-folds.bin", "LUF1"u8)));

    private readonly Dictionary<int, int[]> _folds = [];
    private readonly Dictionary<(int, int, int), int[]> _sources = [];
    private readonly int[][] _groups;
    private readonly int[] _cased;
    private readonly int[][] _groupsOfCased;
    private readonly int[] _expanding;

    private CaseFolds(UnicodeDataReader data)
    {
        for (int count = data.Varint(); count > 0; count--)
        {
            int[] fold = Read(data);
            int[] sources = Read(data);
            _sources.Add(Key(fold), sources);
            foreach (int source in sources)
                _folds.Add(source, fold);
        }

        _groups = [.. _sources.Select(item => item.Key.Item2 < 0 ? [item.Key.Item1, .. item.Value] : item.Value)];
        (int Code, int[] Group)[] members = [.. _groups.SelectMany(group => group.Select(c => (c, group))).OrderBy(member => member.c)];
        _cased = [.. members.Select(member => member.Code)];
        _groupsOfCased = [.. members.Select(member => member.Group)];
        _expanding = [.. _folds.Where(item => item.Value.Length > 1).Select(item => item.Key)];
    }

    /// <summary>The characters that have other cases, each with these.</summary>
    public static IReadOnlyList<int[]> Groups => s_instance.Value._groups;

    /// <summary>Those of a range's characters.</summary>
    public static ReadOnlySpan<int[]> GroupsIn(int low, int high)
    {
        CaseFolds folds = s_instance.Value;
        int from = Array.BinarySearch(folds._cased, low);
        from = from < 0 ? ~from : from;
        int to = Array.BinarySearch(folds._cased, high);
        return folds._groupsOfCased.AsSpan(from..(to < 0 ? ~to : to + 1));
    }

    /// <summary>The characters that fold to several.</summary>
    public static int[] Expanding => s_instance.Value._expanding;

    /// <summary>What a character folds to: itself, or one to three others.</summary>
    public static int[] Fold(int c) => s_instance.Value._folds.TryGetValue(c, out int[]? fold) ? fold : [c];

    /// <summary>The characters that fold to a sequence of one to three, but not one that folds to itself.</summary>
    public static int[] Sources(ReadOnlySpan<int> fold) => s_instance.Value._sources.TryGetValue(Key(fold), out int[]? sources) ? sources : [];

    private static (int, int, int) Key(ReadOnlySpan<int> fold) => (fold[0], fold.Length > 1 ? fold[1] : -1, fold.Length > 2 ? fold[2] : -1);

    private static int[] Read(UnicodeDataReader data)
    {
        int[] codes = new int[data.Varint()];
        for (int i = 0; i < codes.Length; i++)
            codes[i] = data.Varint();
        return codes;
    }
}
