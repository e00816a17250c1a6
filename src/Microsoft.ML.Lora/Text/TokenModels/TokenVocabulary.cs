using System.Runtime.CompilerServices;

namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>Token texts and their ids, both ways.</summary>
internal sealed class TokenVocabulary
{
    private readonly SpanDictionary _ids;
    private readonly string?[] _tokens;
    private readonly Dictionary<int, string> _sparse = [];

    /// <summary>Of two equal texts the later id counts; of two equal ids the later text.</summary>
    /// <param name="tokens">The texts.</param>
    /// <param name="ids">The id of each; null = its place.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as SpanDictionary's
    public TokenVocabulary(string[] tokens, int[]? ids = null)
    {
        _ids = new SpanDictionary(tokens, ids);
        int dense = Math.Max(1024, 4 * _ids.Count);
        long size = 0;
        for (int i = 0; i < _ids.Count; i++)
            size = Math.Max(size, _ids.Value(i) + 1L);
        _tokens = new string?[Math.Min(dense, size)];
        for (int i = 0; i < _ids.Count; i++)
        {
            int id = _ids.Value(i);
            if (id < _tokens.Length)
                _tokens[id] = _ids.Key(i);
            else
                _sparse[id] = _ids.Key(i);
        }
    }

    public int Count => _ids.Count;

    public int MaxTokenLength => _ids.MaxKeyLength;

    /// <summary>The tokens that begin with a prefix, without it, with their ids.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as SpanDictionary's
    public SpanDictionary Without(string prefix)
    {
        string[] rests = new string[Count];
        int[] ids = new int[Count];
        int found = 0;
        for (int i = 0; i < Count; i++)
        {
            string token = _ids.Key(i);
            if (!token.AsSpan().StartsWith(prefix))
                continue;
            rests[found] = token[prefix.Length..];
            ids[found++] = _ids.Value(i);
        }

        return new SpanDictionary(rests[..found], ids[..found]);
    }

    public IEnumerable<KeyValuePair<string, int>> Items => _ids.Items;

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _ids.TryGetValue(token, out id);

    public bool TryGetId(ReadOnlySpan<char> token, ulong steps, out int id) => _ids.TryGetValue(token, steps, out id);

    public string? GetToken(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : _sparse.GetValueOrDefault(id);
}
