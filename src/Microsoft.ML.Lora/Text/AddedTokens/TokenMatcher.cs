using System.Buffers;

namespace Microsoft.ML.Lora.Text.AddedTokens;

/// <summary>Finds given texts in a text: the leftmost, and of those that begin there the longest.</summary>
internal sealed class TokenMatcher
{
    private readonly List<Dictionary<char, int>?> _children = [null];
    private readonly List<int> _values = [-1];
    private SearchValues<char>? _firstChars;

    public bool IsEmpty => _children[0] is null;

    /// <summary>Adds a text to find, before the first search. Empty ones are never found; of equal texts the first counts.</summary>
    public void Add(string text, int value)
    {
        int node = 0;
        foreach (char c in text)
        {
            Dictionary<char, int> children = _children[node] ??= [];
            if (!children.TryGetValue(c, out int next))
            {
                next = _children.Count;
                children.Add(c, next);
                _children.Add(null);
                _values.Add(-1);
            }

            node = next;
        }

        if (text.Length > 0 && _values[node] < 0)
            _values[node] = value;
    }

    /// <summary>The next match at or after an index.</summary>
    public bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int end, out int value)
    {
        SearchValues<char> firstChars = _firstChars ??= SearchValues.Create([.. _children[0]?.Keys ?? Enumerable.Empty<char>()]);
        for (start = from; start < text.Length; start++)
        {
            int offset = text[start..].IndexOfAny(firstChars);
            if (offset < 0)
                break;
            start += offset;
            value = -1;
            end = start;
            int node = 0;
            for (int i = start; i < text.Length && _children[node] is { } children && children.TryGetValue(text[i], out node); i++)
            {
                if (_values[node] < 0)
                    continue;
                value = _values[node];
                end = i + 1;
            }

            if (value >= 0)
                return true;
        }

        start = end = value = -1;
        return false;
    }
}
