namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>Token texts and their ids, both ways.</summary>
internal sealed class TokenVocabulary
{
    private readonly SpanDictionary _ids;
    private readonly string?[] _tokens;
    private readonly Dictionary<int, string> _sparse = [];

    /// <summary>Of two equal texts the later id counts; of two equal ids the later text.</summary>
    public TokenVocabulary(IReadOnlyCollection<KeyValuePair<string, int>> items)
    {
        _ids = new SpanDictionary(items);
        int dense = Math.Max(1024, 4 * _ids.Count);
        long size = 0;
        for (int i = 0; i < _ids.Count; i++)
            size = Math.Max(size, _ids[i].Value + 1L);
        _tokens = new string?[Math.Min(dense, size)];
        for (int i = 0; i < _ids.Count; i++)
        {
            (string token, int id) = _ids[i];
            if (id < _tokens.Length)
                _tokens[id] = token;
            else
                _sparse[id] = token;
        }
    }

    public int Count => _ids.Count;

    public int MaxTokenLength => _ids.MaxKeyLength;

    /// <summary>A text and its id, by position: below <see cref="Count"/>, in the order of first appearance.</summary>
    public KeyValuePair<string, int> this[int index] => _ids[index];

    public IEnumerable<KeyValuePair<string, int>> Items => _ids.Items;

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _ids.TryGetValue(token, out id);

    public bool TryGetId(ReadOnlySpan<char> token, ulong steps, out int id) => _ids.TryGetValue(token, steps, out id);

    public string? GetToken(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : _sparse.GetValueOrDefault(id);
}
