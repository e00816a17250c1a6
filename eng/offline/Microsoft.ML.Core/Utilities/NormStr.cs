using System.Collections;

namespace Microsoft.ML.Internal.Utilities;

/// <summary>A string with the number it has in a pool.</summary>
internal sealed class NormStr
{
    public readonly ReadOnlyMemory<char> Value;
    public readonly int Id;

    private NormStr(string value, int id) => (Value, Id) = (value.AsMemory(), id);

    /// <summary>Distinct strings, numbered in the order in which they came.</summary>
    public sealed class Pool : IEnumerable<NormStr>
    {
        private readonly List<NormStr> _strings = new();
        private readonly Dictionary<string, NormStr> _byValue = new(StringComparer.Ordinal);

        public int Count => _strings.Count;

        public NormStr Add(ReadOnlyMemory<char> value) => Add(value.ToString());

        public NormStr Add(string value)
        {
            if (!_byValue.TryGetValue(value, out var known))
            {
                known = new NormStr(value, _strings.Count);
                _strings.Add(known);
                _byValue.Add(value, known);
            }
            return known;
        }

        public IEnumerator<NormStr> GetEnumerator() => _strings.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
