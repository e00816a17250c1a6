namespace Microsoft.ML.Lora.MLNetInterop;

/// <summary>The files read from a saved model, by name.</summary>
internal sealed class ModelFiles
{
    private readonly Dictionary<string, byte[]> _content = new(StringComparer.Ordinal);

    /// <summary>The content of a file that every saved model has.</summary>
    /// <exception cref="LoraFormatException">It is not there.</exception>
    public byte[] this[string name] => Find(name)
        ?? throw new LoraFormatException($"The saved model is damaged: it has no '{name}'. It has: {LoraFormatException.Shorten(string.Join(", ", _content.Keys))}.");

    /// <summary>The content of a file, or null.</summary>
    public byte[]? Find(string name) => _content.GetValueOrDefault(name);

    public void Add(string name, byte[] content)
    {
        if (!_content.TryAdd(name, content))
            throw new LoraFormatException($"The saved model is damaged: it lists '{LoraFormatException.Shorten(name)}' twice; expected once.");
    }
}
