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
        _tokens = new string?[Math.Min(dense, _ids.Items.Select(item => item.Value + 1L).DefaultIfEmpty().Max())];
        foreach ((string token, int id) in _ids.Items)
        {
            if (id < _tokens.Length)
                _tokens[id] = token;
            else
                _sparse[id] = token;
        }
    }

    public int Count => _ids.Count;

    public int MaxTokenLength => _ids.MaxKeyLength;

    public IEnumerable<KeyValuePair<string, int>> Items => _ids.Items;

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _ids.TryGetValue(token, out id);

    public bool TryGetId(ReadOnlySpan<char> token, ulong steps, out int id) => _ids.TryGetValue(token, steps, out id);

    public string? GetToken(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : _sparse.GetValueOrDefault(id);
}
