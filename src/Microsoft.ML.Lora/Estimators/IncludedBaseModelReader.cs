using Microsoft.ML.Lora.MLNetInterop;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>Takes the files of an included base model out of a zip that is being loaded, into the cache unless they are there already.</summary>
internal sealed class IncludedBaseModelReader : IDisposable
{
    private string? _cacheFolder;
    private string? _partialFolder;

    /// <summary>Where a large file of the zip shall go: a path to write, an empty text to pass over it, null for a small file kept in memory.</summary>
    /// <param name="name">The file's name in the zip.</param>
    /// <param name="before">The files read so far; the small ones come first.</param>
    public string? TargetOf(string name, ModelFiles before)
    {
        if (!IncludedBaseModel.IsOne(name))
            return null;
        string file = name[IncludedBaseModel.Prefix.Length..];
        if (file != Path.GetFileName(file) || file is "" or "." or "..")
            throw new LoraFormatException($"The saved model is damaged: '{name}' is not the name of a base model's file.");

        if (_cacheFolder is null)
        {
            BaseModelIdentity identity = BaseModelIdentity.FromJson(before[ClassifierState.BaseModelFile], ClassifierState.BaseModelFile);
            _cacheFolder = IncludedBaseModel.CacheFolder(identity.Fingerprint);
            if (!Directory.Exists(_cacheFolder))
                _partialFolder = IncludedBaseModel.NewPartialFolder(_cacheFolder);
        }

        return _partialFolder is null ? "" : Path.Combine(_partialFolder, file);
    }

    /// <summary>Ends the reading.</summary>
    /// <returns>The folder of the base model; null when the zip has none.</returns>
    public string? Complete()
    {
        if (_partialFolder is not null)
            IncludedBaseModel.Publish(_partialFolder, _cacheFolder!);
        _partialFolder = null;
        return _cacheFolder;
    }

    /// <summary>Removes what an interrupted reading has left.</summary>
    public void Dispose()
    {
        if (_partialFolder is not null)
            Directory.Delete(_partialFolder, recursive: true);
    }
}
