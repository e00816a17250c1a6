namespace Microsoft.ML.Data;

/// <summary>Takes values in the order of their indices; sparse while at most half of the indices have one.</summary>
internal sealed class VectorBuilder<T>
{
    private int[] _indices = new int[4];
    private T[] _values = new T[4];
    private int _size;
    private int _count;

    public void Reset(int size)
    {
        _size = size;
        _count = 0;
    }

    public void Add(int index, T value)
    {
        if (_count < _size / 2)
        {
            if (_count == _indices.Length)
                Array.Resize(ref _indices, 2 * _count);
            if (_count >= _values.Length)
                Array.Resize(ref _values, 2 * _count);
            _indices[_count] = index;
            _values[_count++] = value;
            return;
        }
        if (_count < _size)
            MakeDense();
        _values[index] = value;
    }

    public void CopyTo(ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, _size, _count);
        _values.AsSpan(0, _count).CopyTo(editor.Values);
        if (_count < _size)
            _indices.AsSpan(0, _count).CopyTo(editor.Indices);
        destination = editor.Commit();
    }

    private void MakeDense()
    {
        if (_values.Length < _size)
            Array.Resize(ref _values, _size);
        Array.Clear(_values, _count, _size - _count);
        // From the end, so that no value is overwritten before it moves.
        for (int i = _count - 1; i >= 0 && i < _indices[i]; i--)
        {
            _values[_indices[i]] = _values[i];
            _values[i] = default;
        }
        _count = _size;
    }
}
