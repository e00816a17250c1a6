using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>A set of code points, as a character class of a pattern describes it. Immutable once built.</summary>
internal sealed class CodePointSet
{
    private readonly List<(int Low, int High)> _ranges = [];
    private readonly List<Func<int, bool>> _properties = [];
    private readonly List<CodePointSet> _nested = [];
    private readonly List<CodePointSet> _intersected = [];
    private ulong _asciiLow;
    private ulong _asciiHigh;
    private HashSet<int>? _otherCases;
    private bool _isNegated;

    public static CodePointSet Of(params ReadOnlySpan<int> codePoints)
    {
        var set = new CodePointSet();
        foreach (int c in codePoints)
            set.AddRange(c, c);
        return set.Freeze(false);
    }

    public static CodePointSet Of(Func<int, bool> property) => new CodePointSet().Add(property).Freeze(false);

    public CodePointSet AddRange(int low, int high)
    {
        _ranges.Add((low, high));
        return this;
    }

    public CodePointSet Add(Func<int, bool> property)
    {
        _properties.Add(property);
        return this;
    }

    public CodePointSet Add(CodePointSet nested)
    {
        _nested.Add(nested);
        return this;
    }

    public CodePointSet Intersect(CodePointSet other)
    {
        _intersected.Add(other);
        return this;
    }

    /// <summary>Every member so far brings its other cases with it.</summary>
    public CodePointSet IgnoreCase()
    {
        var some = new HashSet<int[]>();
        foreach (int[] group in AddGroups(some) ? (IEnumerable<int[]>)some : CaseFolds.Groups)
        {
            int members = 0;
            foreach (int c in group)
                members += Has(c) ? 1 : 0;
            if (members > 0 && members < group.Length)
                (_otherCases ??= []).UnionWith(group);
        }

        return this;
    }

    /// <summary>Ends building.</summary>
    public CodePointSet Freeze(bool isNegated)
    {
        _isNegated = isNegated;
        for (int c = 0; c < 64; c++)
        {
            _asciiLow |= Decide(c) ? 1UL << c : 0;
            _asciiHigh |= Decide(c + 64) ? 1UL << c : 0;
        }

        return this;
    }

    public bool Contains(int c) =>
        c < 64 ? (_asciiLow >> c & 1) != 0
        : c < 128 ? (_asciiHigh >> (c - 64) & 1) != 0
        : Decide(c);

    private bool Decide(int c) => (Has(c) || (_otherCases?.Contains(c) ?? false)) != _isNegated;

    private bool Has(int c)
    {
        bool found = false;
        foreach ((int low, int high) in _ranges)
        {
            if (c >= low && c <= high)
            {
                found = true;
                break;
            }
        }

        for (int i = 0; !found && i < _properties.Count; i++)
            found = _properties[i](c);
        for (int i = 0; !found && i < _nested.Count; i++)
            found = _nested[i].Contains(c);
        for (int i = 0; found && i < _intersected.Count; i++)
            found = _intersected[i].Contains(c);
        return found;
    }

    /// <summary>Adds the groups of characters of which one may be a member; false where these may be any.</summary>
    private bool AddGroups(HashSet<int[]> groups)
    {
        if (_properties.Count > 0 || _isNegated)
            return false;
        foreach ((int low, int high) in _ranges)
        {
            foreach (int[] group in CaseFolds.GroupsIn(low, high))
                groups.Add(group);
        }

        return _nested.TrueForAll(nested => nested.AddGroups(groups));
    }
}
