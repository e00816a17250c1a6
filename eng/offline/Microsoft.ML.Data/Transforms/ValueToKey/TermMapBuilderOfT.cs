using Microsoft.ML.Data;
using Microsoft.ML.Data.Conversion;

namespace Microsoft.ML.Transforms;

/// <inheritdoc cref="TermMapBuilder"/>
internal sealed class TermMapBuilder<T> : TermMapBuilder
{
    private readonly PrimitiveDataViewType _itemType;
    private readonly ValueGetter<T> _getOne;
    private readonly ValueGetter<VBuffer<T>> _getMany;
    private readonly InPredicate<T> _isMissing;
    private readonly bool _sorted;
    private readonly List<T> _terms = [];
    private readonly HashSet<T> _seen;
    private int _remaining;
    private T _one;
    private VBuffer<T> _many;
    private bool _implicitSeen;

    public TermMapBuilder(PrimitiveDataViewType itemType, ValueGetter<T> getOne, ValueGetter<VBuffer<T>> getMany, bool sorted, int max)
    {
        _itemType = itemType;
        _getOne = getOne;
        _getMany = getMany;
        _sorted = sorted;
        _remaining = max;
        // Missing values get no key: empty text, NaN, the missing key.
        if (itemType is TextDataViewType)
            _isMissing = Conversions.DefaultInstance.GetIsDefaultPredicate<T>(itemType);
        else
            Conversions.DefaultInstance.TryGetIsNAPredicate(itemType, out _isMissing);
        _seen = new HashSet<T>(TextMemoryComparer.Instance as IEqualityComparer<T>);
    }

    public override int Count => _terms.Count;

    public override bool ProcessRow()
    {
        if (_remaining <= 0)
            return false;
        if (_getOne == null)
            return ProcessVector();
        _getOne(ref _one);
        return Add(in _one);
    }

    public override TermMap Finish()
    {
        // The original has nothing it could sort by then.
        if (_sorted && Count == 0 && _itemType is not TextDataViewType)
            throw new ArgumentNullException("array");
        if (_sorted)
            _terms.Sort(TextMemoryComparer.Instance as IComparer<T>);
        if (_terms is List<ReadOnlyMemory<char>> texts)
            return new TextTermMap([.. texts]);
        return new CodecTermMap<T>(_itemType, [.. _terms]);
    }

    private bool Add(in T value)
    {
        if (_isMissing != null && _isMissing(in value) || !_seen.Add(value))
            return true;
        _terms.Add(value);
        return --_remaining > 0;
    }

    // The values between the explicit ones of a sparse vector count once, where the first of them stands.
    private bool ProcessVector()
    {
        _getMany(ref _many);
        var values = _many.GetValues();
        var indices = _many.GetIndices();
        bool sparse = !_many.IsDense && !_implicitSeen;
        T implicitValue = default;
        for (int i = 0; i < values.Length; i++)
        {
            if (sparse && !_implicitSeen && indices[i] != i)
            {
                _implicitSeen = true;
                if (!Add(in implicitValue))
                    return false;
            }
            if (!Add(in values[i]))
                return false;
        }
        if (!sparse || _implicitSeen)
            return true;
        _implicitSeen = true;
        return Add(in implicitValue);
    }
}
