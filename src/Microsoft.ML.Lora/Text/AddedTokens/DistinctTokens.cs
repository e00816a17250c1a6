using System.Collections;

namespace Microsoft.ML.Lora.Text.AddedTokens;

/// <summary>Added tokens in order, each text once.</summary>
internal sealed class DistinctTokens : IEnumerable<AddedToken>
{
    private readonly List<AddedToken> _tokens = [];
    private readonly Dictionary<string, int> _places = [];

    /// <summary>Begins with the tokens of a file, of which the last of equal ones counts.</summary>
    public DistinctTokens(IEnumerable<AddedToken> tokens) => Replace(tokens);

    /// <summary>Adds a token unless its text is known; gives its place.</summary>
    public int AddNew(AddedToken token)
    {
        if (_places.TryGetValue(token.Content, out int place))
            return place;
        _tokens.Add(token);
        return _places[token.Content] = _tokens.Count - 1;
    }

    /// <summary>Adds those whose texts are not known.</summary>
    public void AddNew(IEnumerable<AddedToken> tokens)
    {
        foreach (AddedToken token in tokens)
            AddNew(token);
    }

    /// <summary>Puts tokens in the place of those with their texts, and adds the others.</summary>
    public void Replace(IEnumerable<AddedToken> tokens)
    {
        foreach (AddedToken token in tokens)
            _tokens[AddNew(token)] = token;
    }

    /// <summary>Adds tokens with a name, which are special whatever is said of them (left out when decoding skips special tokens), then others.</summary>
    public void AddSpecial(IEnumerable<NamedToken> named, IEnumerable<AddedToken> further)
    {
        foreach (NamedToken item in named)
        {
            int place = AddNew(item.Token);
            if (!_tokens[place].Special)
                _tokens[place] = _tokens[place] with { Special = true };
        }

        AddNew(further);
    }

    public IEnumerator<AddedToken> GetEnumerator() => _tokens.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
