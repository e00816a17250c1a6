namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>Texts with numbers, looked up by span without making a string. Filled once, then read by many threads.</summary>
internal sealed class SpanDictionary
{
    private readonly string[] _keys;
    private readonly int[] _values;
    private readonly uint[] _hashes;
    private readonly int[] _slots;
    private readonly int _mask;

    /// <summary>Makes the dictionary; of two equal texts the later one counts.</summary>
    public SpanDictionary(IReadOnlyCollection<KeyValuePair<string, int>> items)
    {
        int size = 16;
        while (size < 2 * items.Count)
            size *= 2;
        _mask = size - 1;
        _slots = new int[size];
        _keys = new string[items.Count];
        _values = new int[items.Count];
        _hashes = new uint[items.Count];
        foreach ((string key, int value) in items)
        {
            uint hash = Fold(SpanHash.Steps(key));
            int slot = Find(key, hash);
            if (_slots[slot] != 0)
            {
                _values[_slots[slot] - 1] = value;
                continue;
            }

            _keys[Count] = key;
            _values[Count] = value;
            _hashes[Count] = hash;
            _slots[slot] = ++Count;
            MaxKeyLength = Math.Max(MaxKeyLength, key.Length);
        }
    }

    /// <summary>Number of different texts.</summary>
    public int Count { get; }

    /// <summary>Length of the longest text in UTF-16 units.</summary>
    public int MaxKeyLength { get; }

    /// <summary>A text and its number, by position: below <see cref="Count"/>, in the order of first appearance.</summary>
    public KeyValuePair<string, int> this[int index] => new(_keys[index], _values[index]);

    public IEnumerable<KeyValuePair<string, int>> Items
    {
        get
        {
            for (int i = 0; i < Count; i++)
                yield return this[i];
        }
    }

    public bool TryGetValue(ReadOnlySpan<char> key, out int value) => TryGetValue(key, SpanHash.Steps(key), out value);

    /// <summary>Looks up a text whose <see cref="SpanHash.Steps"/> is known.</summary>
    public bool TryGetValue(ReadOnlySpan<char> key, ulong steps, out int value)
    {
        int found = _slots[Find(key, Fold(steps))];
        value = found == 0 ? -1 : _values[found - 1];
        return found != 0;
    }

    private static uint Fold(ulong hash) => (uint)(hash ^ (hash >> 32));

    private int Find(ReadOnlySpan<char> key, uint hash)
    {
        for (int slot = (int)hash & _mask; ; slot = (slot + 1) & _mask)
        {
            int found = _slots[slot];
            if (found == 0 || (_hashes[found - 1] == hash && key.SequenceEqual(_keys[found - 1])))
                return slot;
        }
    }
}
