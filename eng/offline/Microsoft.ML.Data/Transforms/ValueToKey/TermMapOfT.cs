using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <inheritdoc cref="TermMap"/>
internal abstract class TermMap<T> : TermMap
{
    private readonly T[] _terms;
    private readonly Dictionary<T, uint> _keys;

    private protected TermMap(PrimitiveDataViewType itemType, T[] terms, IEqualityComparer<T> comparer)
        : base(itemType, terms.Length)
    {
        _terms = terms;
        _keys = new Dictionary<T, uint>(terms.Length, comparer);
        foreach (T term in terms)
            _keys.Add(term, (uint)_keys.Count + 1);
    }

    public ReadOnlySpan<T> Terms => _terms;

    /// <summary>Zero, the missing key, for values that were not seen.</summary>
    public uint GetKey(in T value) => _keys.GetValueOrDefault(value);

    public void GetTerms(ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, _terms.Length);
        _terms.CopyTo(editor.Values);
        destination = editor.Commit();
    }
}
