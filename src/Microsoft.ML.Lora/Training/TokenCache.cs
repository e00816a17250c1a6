namespace Microsoft.ML.Lora.Training;

/// <summary>Where token ids are kept.</summary>
/// <param name="Folder">For the cache file; null: the system's folder for temporary files.</param>
/// <param name="MemoryBytes">Token ids of one set of rows that take more than this go to the file.</param>
internal sealed record TokenCache(string? Folder, long MemoryBytes)
{
    /// <summary>Everything in memory.</summary>
    public static readonly TokenCache InMemory = new(null, long.MaxValue);

    /// <summary>What the options ask for.</summary>
    public static TokenCache From(TrainingOptions options) => new(options.TokenCacheDirectory, options.TokenCacheThreshold);
}
