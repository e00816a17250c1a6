using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Hub;

/// <summary>Brings a revision of a model into a hub cache: the files that a base model needs, and of them those that are not there yet.</summary>
internal sealed class HubDownloader(HubOptions options)
{
    private const long ReportEvery = 1 << 20;

    // The largest tokenizers have some tens of megabytes.
    private const long MaxSettingsBytes = 256 << 20;

    private readonly HubCache _cache = new(options.CacheDirectory);
    private long _totalSize;
    private long _totalBytes;

    /// <summary>Downloads what is missing and returns the commit's folder.</summary>
    /// <param name="id">The model.</param>
    /// <param name="revision">A branch, a tag, or a commit. A commit that is in the cache needs no network.</param>
    /// <param name="check">Sees the folder when settings and tokenizer are there, before the weights; may throw.</param>
    /// <param name="cancellation">Ends it; what was downloaded so far stays and is continued the next time.</param>
    /// <exception cref="HubException">It failed.</exception>
    /// <exception cref="BaseModelException">The revision is no model of a kind that can be read.</exception>
    public async Task<HubSnapshot> RunAsync(string id, string revision, Action<string>? check, CancellationToken cancellation)
    {
        HubSnapshot? cached = FindCached(id, revision);
        if (HubNames.IsCommit(revision) && cached is not null && HubFiles.MissingIn(cached.Folder, withTokenizer: true) is null)
            return cached;
        try
        {
            using var client = new HubClient(options);
            return await DownloadAsync(client, id, revision, check, cancellation).ConfigureAwait(false);
        }
        catch (HubException e) when (cached is not null && HubFiles.MissingIn(cached.Folder, withTokenizer: false) is null)
        {
            throw new HubException($"{e.Message} The cache has the commit {cached.Commit} of '{id}': BaseModel.FromCache(\"{id}\", \"{revision}\") uses it.", e.StatusCode, e);
        }
    }

    private HubSnapshot? FindCached(string id, string revision)
    {
        try
        {
            return _cache.TryFind(id, revision);
        }
        catch (BaseModelException)
        {
            // What stands there for the revision is damaged; it is about to be written anew.
            return null;
        }
    }

    private async Task<HubSnapshot> DownloadAsync(HubClient client, string id, string revision, Action<string>? check, CancellationToken cancellation)
    {
        var api = new HubApi(client, options);
        (string commit, IReadOnlySet<string> names) = await api.ListAsync(id, revision, cancellation).ConfigureAwait(false);
        string weights = HubFiles.Weights(names) is { } found && names.Contains(HubFiles.Config) ? found : throw new BaseModelException(
            $"'{id}', revision '{revision}', is no model that can be read: {HubFiles.Config} and weights in .safetensors or .bin files are needed; " +
            $"it has {(names.Count == 0 ? "no files" : LoraFormatException.Shorten(string.Join(", ", names.Order(StringComparer.Ordinal))))}.");
        var writer = new HubCacheWriter(_cache, id);
        string folder = _cache.SnapshotFolder(id, commit);

        // Weights come last: a commit that has them has the rest.
        await BringAsync(HubFiles.Small(names), isSettings: true).ConfigureAwait(false);
        check?.Invoke(folder);
        await BringAsync([weights], isSettings: CheckpointFiles.IsIndex(weights)).ConfigureAwait(false);
        if (CheckpointFiles.IsIndex(weights))
        {
            IReadOnlyList<string> shards = HubFiles.Shards(Path.Combine(folder, weights));
            if (shards.FirstOrDefault(shard => !names.Contains(shard)) is { } missing)
                throw new HubException($"'{id}', commit {commit}: '{weights}' names the file '{missing}', which the repository does not have.");
            await BringAsync(shards, isSettings: false).ConfigureAwait(false);
        }

        try
        {
            writer.PointRevision(revision, commit);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HubException($"That '{revision}' is the commit {commit} cannot be noted in the hub cache '{_cache.Folder}': {e.Message} All files are there: ask for the commit.", null, e);
        }

        return new HubSnapshot(id, commit, folder);

        async Task BringAsync(IReadOnlyList<string> wanted, bool isSettings)
        {
            List<HubFile> files = [];
            foreach (string name in wanted)
            {
                HubFile file = await api.DescribeAsync(id, commit, name, cancellation).ConfigureAwait(false);
                if (writer.Has(commit, file))
                    continue;
                if (file.Size > MaxSettingsBytes && isSettings)
                    throw new HubException($"'{id}', commit {commit}: '{name}' has {file.Size} bytes; at most {MaxSettingsBytes} are taken where it is not weights.");
                files.Add(file);
                _totalSize += file.Size;
            }

            foreach (HubFile file in files)
                await BringOneAsync(client, writer, commit, file, cancellation).ConfigureAwait(false);
        }
    }

    private async Task BringOneAsync(HubClient client, HubCacheWriter writer, string commit, HubFile file, CancellationToken cancellation)
    {
        long before = _totalBytes, reported = -ReportEvery;
        try
        {
            using FileStream held = await HubLock.AcquireAsync(writer.LockPath(file), cancellation).ConfigureAwait(false);
            if (!writer.Has(commit, file))
            {
                bool isNew = !writer.HasBlob(file);
                if (isNew)
                    await new HubBlobDownload(client, options, file, writer.BlobPath(file), Report).RunAsync(cancellation).ConfigureAwait(false);
                writer.Point(commit, file, isNew);
            }
        }
        catch (Exception e) when (e is IOException and not HubException or UnauthorizedAccessException)
        {
            throw new HubException($"'{file.Name}' cannot be put into the hub cache '{_cache.Folder}': {e.Message}", null, e);
        }

        reported = -ReportEvery;
        Report(file.Size);

        void Report(long bytes)
        {
            _totalBytes = before + bytes;
            if (Math.Abs(bytes - reported) < ReportEvery)
                return;
            reported = bytes;
            options.Progress?.Report(new HubProgress(file.Name, bytes, file.Size, _totalBytes, _totalSize));
        }
    }
}
