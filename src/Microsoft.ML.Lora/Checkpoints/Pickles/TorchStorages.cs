namespace Microsoft.ML.Lora.Checkpoints.Pickles;

/// <summary>The storages that a pickle names by persistent ids: <c>('storage', class, key, location, count)</c>, in the old form with a view behind.</summary>
/// <param name="file">For messages.</param>
/// <param name="parts">How long the ids are.</param>
internal sealed class TorchStorages(string file, int parts)
{
    private const int MaxKeyLength = 64;

    private readonly Dictionary<string, TorchStorage> _byKey = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, TorchStorage> ByKey => _byKey;

    /// <summary>The storage of an id; the same one for the same key.</summary>
    /// <param name="id">The persistent id.</param>
    /// <param name="stream">Where the pickle's reader stands.</param>
    /// <param name="place">Called once for each key: finds the data, or refuses.</param>
    public TorchStorage Load(PickleTuple id, PickleStream stream, Action<TorchStorage>? place = null)
    {
        object?[] items = id.Items;
        if (items.Length != parts || items[0] is not "storage" || items[1] is not PickleGlobal { IsStorage: true } type || items[2] is not string key || items[3] is not string
            || items[4] is not long count)
            throw stream.Error("a persistent id is not a storage's", items.Length == 0 ? "an empty tuple" : string.Join(", ", items.Take(8).Select(PickleCall.Describe)), "'storage', class, key, location, count");
        if (parts > 5 && items[5] is not null)
            throw stream.Error("storages that are views of others (torch before 0.4) are not supported; load and save the file with a newer torch", $"'{LoraFormatException.Shorten(key)}'", "a storage of its own");
        if (key.Length is 0 or > MaxKeyLength || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            throw stream.Error("the key of a storage is not supported", $"'{LoraFormatException.Shorten(key)}'", "letters and digits");
        if (count < 0 || count > long.MaxValue / 16)
            throw stream.Error("a storage's size is wrong", $"{count} elements", $"0 to {long.MaxValue / 16}");
        if (_byKey.TryGetValue(key, out TorchStorage? known))
        {
            return known.Type == type.Type && known.Count == count ? known : throw new LoraFormatException(
                file, $"the storage '{key}' is named with two types or sizes", offset: stream.Position, found: $"{count} of {type.Name}", expected: $"{known.Count} as before");
        }

        var storage = new TorchStorage(key, type.Type, count);
        place?.Invoke(storage);
        _byKey.Add(key, storage);
        return storage;
    }
}
