namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>Which two neighbouring tokens merge, with what rank, into what.</summary>
internal sealed class MergeTable
{
    // Key and value lie side by side: a table of some megabytes costs one miss of the cache for each pair.
    private readonly (ulong Key, long Value)[] _slots;
    private readonly int _mask;

    /// <summary>Makes the table; the place in the list is the rank, and of two equal pairs the later one counts.</summary>
    /// <param name="merges">Two tokens and what they become.</param>
    /// <param name="ranks">Ranks, where they are not the places in the list: of equal ranks the leftmost pair merges first.</param>
    public MergeTable(IReadOnlyList<(int Left, int Right, int Merged)> merges, IReadOnlyList<int>? ranks = null)
    {
        int size = 16;
        while (size < 2 * merges.Count)
            size *= 2;
        _mask = size - 1;
        _slots = new (ulong, long)[size];
        Array.Fill<(ulong, long)>(_slots, (0, -1));
        for (int i = 0; i < merges.Count; i++)
        {
            (int left, int right, int merged) = merges[i];
            int rank = ranks?[i] ?? i;
            int slot = Find(Key(left, right));
            _slots[slot] = (Key(left, right), ((long)rank << 32) | (uint)merged);
        }
    }

    /// <summary>Rank (high half) and merged token (low half) of a pair; -1 where it does not merge.</summary>
    public long Get(int left, int right) => _slots[Find(Key(left, right))].Value;

    /// <summary>
    /// The id of a character that opens words: many tokens begin with it and no merge makes a token that has it after another character. Before each
    /// of them that follows another character nothing merges, so a text can be merged word by word. -1 where there is none.
    /// </summary>
    public int FindOpener(TokenVocabulary vocabulary, char character)
    {
        if (!vocabulary.TryGetId([character], out int opener))
            return -1;
        foreach ((_, long value) in _slots)
        {
            string? token = value < 0 ? null : vocabulary.GetToken((int)(uint)value);
            if (token?.LastIndexOf(character) is { } last and > 0 && token.AsSpan(0, last).ContainsAnyExcept(character))
                return -1;
        }

        return opener;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Find(ulong key)
    {
        ulong hash = (key ^ SpanHash.Start) * 0x9E3779B97F4A7C15;
        for (int slot = (int)(hash >> 33) & _mask; ; slot = (slot + 1) & _mask)
        {
            ref readonly (ulong Key, long Value) found = ref _slots[slot];
            if (found.Value < 0 || found.Key == key)
                return slot;
        }
    }
}
