using System.Text.Json;
using Microsoft.ML.Lora.Text.AddedTokens;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>
/// The special tokens that tokenizer_config.json and special_tokens_map.json name: by role, by a name of the model's own (<c>image_token</c>),
/// and without a name.
/// </summary>
internal sealed class SpecialTokenSettings
{
    /// <summary>What special tokens are for, in the order in which they are added.</summary>
    public static readonly string[] Roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private const string Extra = "extra_special_tokens";
    private const string Additional = "additional_special_tokens";

    private readonly Dictionary<string, AddedToken?> _byRole = [];

    // Both in the order in which they were named; the library adds the first before the second.
    private readonly List<NamedToken> _named = [];
    private readonly List<NamedToken> _namedAsText = [];

    /// <summary>Special tokens without a name, in order; null where the settings do not say whether there are any.</summary>
    public IReadOnlyList<AddedToken>? Further { get; private set; }

    /// <summary>Those of special_tokens_map.json under their old name, to which a class adds its own; null = none are named.</summary>
    public IReadOnlyList<AddedToken>? AdditionalInMap { get; private set; }

    /// <summary>Tokens with names of the model's own, each name once.</summary>
    public IReadOnlyList<NamedToken> Named
    {
        get
        {
            var all = new List<NamedToken>();
            var places = new Dictionary<string, int>();
            foreach (List<NamedToken> part in (List<NamedToken>[])[_named, _namedAsText])
            {
                foreach (NamedToken item in part)
                {
                    // The first place, the last token.
                    if (places.TryAdd(item.Name, all.Count))
                        all.Add(item);
                    else
                        all[places[item.Name]] = item;
                }
            }

            return all;
        }
    }

    /// <summary>Whether the settings say which token a role has, or that it has none.</summary>
    public bool TryGet(string role, out AddedToken? token) => _byRole.TryGetValue(role, out token);

    /// <summary>Gives a role its token.</summary>
    public void Set(string role, AddedToken token) => _byRole[role] = token;

    /// <summary>The texts of tokens with a role.</summary>
    public HashSet<string> WithRole() => [.. _byRole.Values.OfType<AddedToken>().Select(token => token.Content)];

    /// <summary>The texts of tokens with a role or a name.</summary>
    public HashSet<string> WithName() => [.. WithRole(), .. Named.Select(item => item.Token.Content)];

    /// <summary>Reads tokenizer_config.json.</summary>
    public void ReadConfig(JsonField config)
    {
        foreach (string role in Roles)
        {
            if (config.Value.TryGetProperty(role, out _))
                _byRole[role] = config.Optional(role) is JsonField token ? ReadToken(token, special: true) : null;
        }

        foreach (JsonField token in config.Members())
        {
            if (!IsName(token))
                continue;
            if (token.IsString)
                _namedAsText.Add(new NamedToken(token.Name!, ReadToken(token, special: true)));
            else if (token.IsObject && token.Optional("__type") is { IsString: true } type && type.AsString() == "AddedToken")
                _named.Add(new NamedToken(token.Name!, ReadToken(token, special: true)));
        }

        // Newer versions of the library say extra, which wins even where it is empty.
        string key = config.Value.TryGetProperty(Extra, out _) ? Extra : Additional;
        if (config.Optional(key) is { IsObject: true } byName)
            ReadByName(byName);
        else if (config.Value.TryGetProperty(key, out JsonElement list))
            Further = list.ValueKind == JsonValueKind.Array ? [.. config.Required(key).Items().Select(token => ReadToken(token, token.IsString))] : [];
    }

    /// <summary>Reads special_tokens_map.json, which stands over the configuration, but for tokens without a name.</summary>
    public void ReadMap(JsonField map)
    {
        foreach (JsonField token in map.Members())
        {
            if (Roles.Contains(token.Name))
                _byRole[token.Name!] = token.Value.ValueKind == JsonValueKind.Null ? null : ReadToken(token, special: true) with { Special = true };
            else if (IsName(token) && (token.IsString || token.IsObject))
                _named.Add(new NamedToken(token.Name!, ReadToken(token, special: true) with { Special = true }));
        }

        if (map.Optional(Extra) is { IsObject: true } byName)
            ReadByName(byName);
        else if (map.Optional(Extra) is { Value.ValueKind: JsonValueKind.Array } extra)
            Further = [.. (Further ?? []).Concat(extra.Items().Select(token => ReadToken(token, special: true))).DistinctBy(token => token.Content)];
        if (map.Optional(Additional) is { Value.ValueKind: JsonValueKind.Array } additional)
            AdditionalInMap = [.. additional.Items().Select(token => ReadToken(token, special: true))];
    }

    private void ReadByName(JsonField tokens)
    {
        foreach (JsonField token in tokens.Members())
        {
            AddedToken read = ReadToken(token, special: true);
            if (Roles.Contains(token.Name))
                _byRole[token.Name!] = read;
            else
                _namedAsText.Add(new NamedToken(token.Name!, read));
        }
    }

    /// <summary>A token: its text, or an object with its flags, of which those that are missing are as the library has them.</summary>
    /// <param name="token">The token.</param>
    /// <param name="special">Whether it is special where it does not say so itself, and will be so in the end.</param>
    public static AddedToken ReadToken(JsonField token, bool special)
    {
        if (token.IsString)
            return AddedToken.SpecialOf(ReadContent(token));
        bool isSpecial = token.Optional("special")?.AsBool() ?? special;
        return new AddedToken(
            ReadContent(token.Required("content")), token.Optional("single_word")?.AsBool() ?? false, token.Optional("lstrip")?.AsBool() ?? false,
            token.Optional("rstrip")?.AsBool() ?? false, token.Optional("normalized")?.AsBool() ?? !(special || isSpecial), isSpecial);
    }

    /// <summary>The text of a token.</summary>
    public static string ReadContent(JsonField field)
    {
        string content = field.AsString();
        CheckLength(field, content);
        return content;
    }

    /// <summary>A text that is too long to be a token's would take much memory to be found.</summary>
    public static void CheckLength(JsonField field, string content)
    {
        const int LongestToken = 1024;
        if (content.Length > LongestToken)
            throw field.Wrong($"a token of at most {LongestToken} characters");
    }

    private static bool IsName(JsonField field) => field.Name!.EndsWith("_token", StringComparison.Ordinal) && !Roles.Contains(field.Name);
}
