namespace Microsoft.ML.Lora.Text.Pipeline;

/// <summary>Tokens of one piece: ids with ranges of the piece's characters. Reused from call to call.</summary>
internal sealed class TokenList
{
    private Token[] _tokens = new Token[64];

    public int Count { get; private set; }

    public ReadOnlySpan<Token> Tokens => _tokens.AsSpan(0, Count);

    public ref Token this[int index] => ref _tokens[index];

    public void Clear() => Count = 0;

    /// <summary>Drops the tokens from an index on.</summary>
    public void Truncate(int count) => Count = count;

    public void Add(int id, int start, int end, bool showsSource = false)
    {
        if (Count == _tokens.Length)
            Array.Resize(ref _tokens, 2 * Count);
        _tokens[Count++] = new Token(id, start, end, showsSource);
    }

    public void AddRange(ReadOnlySpan<Token> tokens)
    {
        if (Count + tokens.Length > _tokens.Length)
            Array.Resize(ref _tokens, Math.Max(2 * Count, Count + tokens.Length));
        tokens.CopyTo(_tokens.AsSpan(Count));
        Count += tokens.Length;
    }

    /// <summary>Turns the tokens from an index on around.</summary>
    public void Reverse(int start) => _tokens.AsSpan(start, Count - start).Reverse();
}
