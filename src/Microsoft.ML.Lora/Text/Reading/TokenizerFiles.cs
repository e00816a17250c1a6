namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>The files a tokenizer is made from, by name; everything else in the folder is left alone.</summary>
internal sealed class TokenizerFiles
{
    public const string TokenizerJson = "tokenizer.json";
    public const string TokenizerConfig = "tokenizer_config.json";
    public const string SpecialTokensMap = "special_tokens_map.json";
    public const string AddedTokens = "added_tokens.json";
    public const string ModelConfig = "config.json";
    public const string VocabText = "vocab.txt";
    public const string VocabJson = "vocab.json";
    public const string Merges = "merges.txt";

    /// <summary>Names of sentencepiece models, in the order they are looked for.</summary>
    public static readonly string[] SentencePieceModels = ["spiece.model", "tokenizer.model"];

    private static readonly string[] s_names = [TokenizerJson, TokenizerConfig, SpecialTokensMap, AddedTokens, ModelConfig, VocabText, VocabJson, Merges, .. SentencePieceModels];

    private readonly Dictionary<string, byte[]> _contents = new(StringComparer.Ordinal);
    private readonly string? _folder;
    private readonly List<string> _used = [];

    private TokenizerFiles(string? folder) => _folder = folder;

    /// <summary>The files that were read, with their contents: what is needed to make the same tokenizer again.</summary>
    public IReadOnlyList<(string Name, byte[] Content)> Used
    {
        get
        {
            var used = new (string, byte[])[_used.Count];
            for (int i = 0; i < used.Length; i++)
                used[i] = (_used[i], _contents[_used[i]]);
            return used;
        }
    }

    public static TokenizerFiles FromFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The tokenizer folder '{folder}' does not exist.");
        var files = new TokenizerFiles(folder);
        foreach (string name in s_names)
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path))
                files._contents.Add(name, File.ReadAllBytes(path));
        }

        return files;
    }

    public static TokenizerFiles FromContents(IEnumerable<(string Name, byte[] Content)> contents)
    {
        var files = new TokenizerFiles(null);
        foreach ((string name, byte[] content) in contents)
        {
            if (s_names.Contains(name))
                files._contents[name] = content;
        }

        return files;
    }

    /// <summary>A file's name for messages.</summary>
    public string Display(string name) => _folder is null ? name : Path.Combine(_folder, name);

    public bool Has(string name) => _contents.ContainsKey(name);

    /// <summary>A file's content, or null; notes that it was used.</summary>
    public byte[]? Read(string name)
    {
        Use(name);
        return Peek(name);
    }

    /// <summary>A file's content, or null.</summary>
    public byte[]? Peek(string name) => _contents.GetValueOrDefault(name);

    /// <summary>Notes that a file was used, if it is there.</summary>
    public void Use(string name)
    {
        if (Has(name) && !_used.Contains(name))
            _used.Add(name);
    }

    /// <summary>The error for a folder that no tokenizer can be made from.</summary>
    public LoraFormatException Missing(string problem) => new(
        _folder ?? "tokenizer files", problem, found: _contents.Count == 0 ? "none of them" : string.Join(", ", _contents.Keys.Order()),
        expected: $"{TokenizerJson}, {string.Join(", ", SentencePieceModels)}, {VocabText} with a {TokenizerConfig} or {ModelConfig} that names a BERT class, or {VocabJson} and {Merges} with one that names GPT-2 or RoBERTa");
}
