using System.Buffers;

namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>Where a match can still be tried in another way: a step and a position, for runs with the position to shrink to.</summary>
internal ref struct BacktrackStack
{
    private const int EntrySize = 3;
    private const int MaxEntries = 1 << 22;

    private Span<int> _items;
    private int[]? _rented;
    private int _count;

    public BacktrackStack(Span<int> initial) => _items = initial;

    /// <param name="step">The step to go on at.</param>
    /// <param name="position">The position to go on at.</param>
    /// <param name="least">For a run the smallest position it may end at: it gives back one code point each time; else -1.</param>
    public void Push(int step, int position, int least)
    {
        if (_count + EntrySize > _items.Length)
            Grow();
        _items[_count] = step;
        _items[_count + 1] = position;
        _items[_count + 2] = least;
        _count += EntrySize;
    }

    public bool TryPop(ReadOnlySpan<char> text, out int step, out int position)
    {
        if (_count == 0)
        {
            step = position = -1;
            return false;
        }

        Span<int> entry = _items.Slice(_count - EntrySize, EntrySize);
        step = entry[0];
        position = entry[1];
        int least = entry[2];
        if (least < 0)
        {
            _count -= EntrySize;
            return true;
        }

        position -= char.IsLowSurrogate(text[position - 1]) ? 2 : 1;
        if (position <= least)
            _count -= EntrySize;
        else
            entry[1] = position;
        return true;
    }

    public void Release()
    {
        if (_rented is not null)
            ArrayPool<int>.Shared.Return(_rented);
        _rented = null;
    }

    private void Grow()
    {
        if (_count >= MaxEntries * EntrySize)
            throw new InvalidOperationException("A pattern needs too much memory on this text.");
        int[] larger = ArrayPool<int>.Shared.Rent(2 * _items.Length);
        _items[.._count].CopyTo(larger);
        Release();
        _items = _rented = larger;
    }
}
