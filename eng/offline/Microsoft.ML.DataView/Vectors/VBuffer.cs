using System.Collections;

namespace Microsoft.ML.Data;

/// <summary>
/// A vector value, dense or sparse, that owns reusable buffers. Dense: Length values, indices ignored.
/// Sparse: fewer values, each with its index, in ascending order; the rest are default(T).
/// </summary>
public readonly struct VBuffer<T> : IEnumerable
{
    private readonly T[] _values;
    private readonly int[] _indices;
    private readonly int _count;

    /// <summary>The logical length.</summary>
    public readonly int Length;

    public VBuffer(int length, T[] values, int[] indices = null)
    {
        Require(length >= 0, nameof(length));
        Require(SizeOf(values) >= length, nameof(values));
        (Length, _count, _values, _indices) = (length, length, values, indices);
    }

    public VBuffer(int length, int count, T[] values, int[] indices)
    {
        Require(length >= 0, nameof(length));
        Require(count >= 0 && count <= length, nameof(count));
        Require(SizeOf(values) >= count, nameof(values));
        Require(count == length || SizeOf(indices) >= count, nameof(indices));
        (Length, _count, _values, _indices) = (length, count, values, indices);
    }

    public bool IsDense => _count == Length;

    public static void Copy(T[] source, int sourceIndex, ref VBuffer<T> destination, int length)
    {
        Require(length >= 0 && length <= SizeOf(source), nameof(length));
        Require(sourceIndex >= 0 && sourceIndex <= SizeOf(source) - length, nameof(sourceIndex));
        var editor = VBufferEditor.Create(ref destination, length, length);
        source.AsSpan(sourceIndex, length).CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public ReadOnlySpan<T> GetValues() => _values.AsSpan(0, _count);

    public ReadOnlySpan<int> GetIndices() => IsDense ? default : _indices.AsSpan(0, _count);

    public void CopyToDense(ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, Length);
        CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, Length, _count);
        GetValues().CopyTo(editor.Values);
        GetIndices().CopyTo(editor.Indices);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination, int sourceIndex, int length)
    {
        Require(sourceIndex >= 0 && sourceIndex <= Length, nameof(sourceIndex));
        Require(length >= 0 && sourceIndex <= Length - length, nameof(length));
        if (IsDense)
        {
            var dense = VBufferEditor.Create(ref destination, length, length);
            GetValues().Slice(sourceIndex, length).CopyTo(dense.Values);
            destination = dense.Commit();
            return;
        }
        int first = FirstAtOrAfter(sourceIndex);
        int count = FirstAtOrAfter(sourceIndex + length) - first;
        var editor = VBufferEditor.Create(ref destination, length, count);
        _values.AsSpan(first, count).CopyTo(editor.Values);
        for (int i = 0; i < editor.Indices.Length; i++)
            editor.Indices[i] = _indices[first + i] - sourceIndex;
        destination = editor.Commit();
    }

    public void CopyTo(Span<T> destination) => CopyTo(destination, 0);

    public void CopyTo(Span<T> destination, int destinationIndex, T defaultValue = default)
    {
        if (destinationIndex < 0 || destinationIndex > destination.Length - Length)
            throw new ArgumentOutOfRangeException(nameof(destination), "Not large enough to hold these values.");
        var target = destination.Slice(destinationIndex, Length);
        if (IsDense)
        {
            GetValues().CopyTo(target);
            return;
        }
        // As recorded from the original: a vector without any explicit value ignores defaultValue.
        if (_count == 0)
            target.Clear();
        else
            target.Fill(defaultValue);
        for (int i = 0; i < _count; i++)
            target[_indices[i]] = _values[i];
    }

    public IEnumerable<KeyValuePair<int, T>> Items(bool all = false)
    {
        if (!all && !IsDense)
            return ExplicitItems(_values, _indices, _count);
        return DenseValues().Select((value, index) => new KeyValuePair<int, T>(index, value));
    }

    public IEnumerable<T> DenseValues() => AllValues(_values, _indices, Length, _count);

    public void GetItemOrDefault(int index, ref T destination) => destination = GetItemOrDefault(index);

    public T GetItemOrDefault(int index)
    {
        Require(index >= 0 && index < Length, nameof(index));
        if (IsDense)
            return _values[index];
        int at = FirstAtOrAfter(index);
        return at < _count && _indices[at] == index ? _values[at] : default;
    }

    public IEnumerator GetEnumerator() => _values.GetEnumerator();

    public override string ToString()
        => IsDense ? $"Dense vector of size {Length}" : $"Sparse vector of size {Length}, {_count} explicit values";

    internal VBufferEditor<T> GetEditor() => GetEditor(Length, _count, null, false, false);

    internal VBufferEditor<T> GetEditor(
        int newLogicalLength, int? valuesCount, int? maxValuesCapacity, bool keepOldOnResize, bool requireIndicesOnDense)
    {
        Require(newLogicalLength >= 0, nameof(newLogicalLength), "Must be non-negative.");
        Require(!(valuesCount < 0), nameof(valuesCount), "If specified, must be non-negative.");
        Require(!(valuesCount > newLogicalLength), nameof(valuesCount),
            "If specified, must be no greater than " + nameof(newLogicalLength));
        int count = valuesCount ?? newLogicalLength;
        int capacity = maxValuesCapacity ?? Array.MaxLength;
        var values = Ensure(_values, count, capacity, keepOldOnResize, out bool newValues);
        bool needsIndices = count < newLogicalLength || requireIndicesOnDense;
        bool newIndices = false;
        var indices = needsIndices ? Ensure(_indices, count, capacity, keepOldOnResize, out newIndices) : _indices;
        return new VBufferEditor<T>(newLogicalLength, count, values, indices, needsIndices, newValues, newIndices);
    }

    private static TItem[] Ensure<TItem>(TItem[] array, int count, int capacity, bool keepOld, out bool created)
    {
        created = false;
        if (count > capacity)
            throw new ArgumentOutOfRangeException(nameof(count));
        if (SizeOf(array) >= count)
            return array;
        created = true;
        var larger = new TItem[(int)Math.Min(capacity, Math.Max(count, Math.Max(4, 2L * SizeOf(array))))];
        if (keepOld)
            array?.CopyTo(larger, 0);
        return larger;
    }

    private static IEnumerable<KeyValuePair<int, T>> ExplicitItems(T[] values, int[] indices, int count)
    {
        for (int i = 0; i < count; i++)
            yield return new KeyValuePair<int, T>(indices[i], values[i]);
    }

    private static IEnumerable<T> AllValues(T[] values, int[] indices, int length, int count)
    {
        bool dense = count == length;
        for (int slot = 0, next = 0; slot < length; slot++)
        {
            bool isExplicit = dense || (next < count && indices[next] == slot);
            yield return isExplicit ? values[next++] : default;
        }
    }

    private static int SizeOf<TItem>(TItem[] array) => array?.Length ?? 0;

    private static void Require(bool condition, string parameter)
    {
        if (!condition)
            throw new ArgumentOutOfRangeException(parameter);
    }

    private static void Require(bool condition, string parameter, string message)
    {
        if (!condition)
            throw new ArgumentOutOfRangeException(parameter, message);
    }

    /// <summary>Position among the explicit values of the first index that is not below <paramref name="index"/>.</summary>
    private int FirstAtOrAfter(int index)
    {
        if (_count == 0)
            return 0;
        int at = Array.BinarySearch(_indices, 0, _count, index);
        return at >= 0 ? at : ~at;
    }
}
