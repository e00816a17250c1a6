namespace Microsoft.ML.Lora.Text.Pipeline;

/// <summary>A growing list of ids, reused from call to call.</summary>
internal sealed class IdList
{
    private int[] _ids = new int[64];

    public int Count { get; private set; }

    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    public void Clear() => Count = 0;

    public void Add(int id)
    {
        if (Count == _ids.Length)
            Array.Resize(ref _ids, 2 * Count);
        _ids[Count++] = id;
    }
}
