using System.Runtime.CompilerServices;

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
    /// <param name="keys">The texts.</param>
    /// <param name="values">The number of each; null = its place.</param>
    // The loop is long and runs once: compiled well at once instead of twice.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public SpanDictionary(string[] keys, int[]? values = null)
    {
        int size = 16;
        while (size < 2 * keys.Length)
            size *= 2;
        _mask = size - 1;
        _slots = new int[size];
        _keys = new string[keys.Length];
        _values = new int[keys.Length];
        _hashes = new uint[keys.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            string key = keys[i];
            int value = values is null ? i : values[i];
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

    /// <summary>A text by position: below <see cref="Count"/>, in the order of first appearance.</summary>
    public string Key(int index) => _keys[index];

    /// <summary>The number of the text at a position.</summary>
    public int Value(int index) => _values[index];

    public IEnumerable<KeyValuePair<string, int>> Items
    {
        get
        {
            for (int i = 0; i < Count; i++)
                yield return new KeyValuePair<string, int>(_keys[i], _values[i]);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Fold(ulong hash) => (uint)(hash ^ (hash >> 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
