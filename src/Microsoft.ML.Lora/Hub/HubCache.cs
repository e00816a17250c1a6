namespace Microsoft.ML.Lora.Hub;

/// <summary>
/// A hub cache as huggingface_hub lays it out: <c>models--org--name</c> with <c>blobs</c> (contents, named by hash), <c>refs</c> (branch or tag to
/// commit) and <c>snapshots/COMMIT</c> (a folder per commit, of links into blobs, or of copies). Reads only.
/// </summary>
internal sealed class HubCache
{
    private const int MaxRefLength = 1024;

    /// <summary>A cache.</summary>
    /// <param name="folder">Its folder; null: the one that the environment names.</param>
    public HubCache(string? folder = null) => Folder = folder is null ? HubEnvironment.CacheFolder : Path.GetFullPath(folder);

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>The folder of a model, whether it exists or not.</summary>
    public string FolderOf(string id) => Path.Combine(Folder, HubNames.FolderOf(id));

    /// <summary>Where the hash of a branch or tag stands.</summary>
    public string RefPath(string id, string revision) => Path.Combine([FolderOf(id), "refs", .. revision.Split('/')]);

    /// <summary>The folder of a commit.</summary>
    public string SnapshotFolder(string id, string commit) => Path.Combine(FolderOf(id), "snapshots", commit);

    /// <summary>A model's commit in this cache, or null where it is not there.</summary>
    /// <param name="id">The model.</param>
    /// <param name="revision">A branch, a tag, or a commit hash.</param>
    public HubSnapshot? TryFind(string id, string revision)
    {
        // A folder may have the revision's own name, as where a cache was filled by hand.
        string commit = HubNames.IsCommit(revision) ? revision : ReadRef(RefPath(id, revision)) ?? revision;
        string folder = SnapshotFolder(id, commit);
        return Directory.Exists(folder) ? new HubSnapshot(id, commit, folder) : null;
    }

    /// <summary>A model's commit in this cache, with all that a base model needs.</summary>
    /// <exception cref="BaseModelException">It is not there. The message says where it was looked for, what is there, and how to fill the cache.</exception>
    public HubSnapshot Find(string id, string revision)
    {
        HubSnapshot? found = TryFind(id, revision);
        string? missing = found is null ? null : HubFiles.MissingIn(found.Folder, withTokenizer: false);
        if (found is not null && missing is null)
            return found;
        string folder = FolderOf(id);
        string there = !Directory.Exists(Folder) ? $"The cache '{Folder}' does not exist."
            : !Directory.Exists(folder) ? $"The cache has no folder '{folder}'; {Others()}."
            : found is null ? $"'{folder}' does not have it; it has {Revisions(id)}."
            : $"'{found.Folder}' is not complete: {missing}.";
        throw new BaseModelException(
            $"The model '{id}', revision '{revision}', is not in the hub cache. {there} Fill the cache with BaseModel.FromHub(\"{id}\", \"{revision}\"), " +
            $"with 'hf download {id} --revision {revision}' on a machine that reaches the hub, or point HF_HUB_CACHE to a cache that has it.");
    }

    /// <summary>All commits of a model that are there, complete or not.</summary>
    public IReadOnlyList<HubSnapshot> Snapshots(string id)
    {
        string folder = Path.Combine(FolderOf(id), "snapshots");
        return !Directory.Exists(folder) ? [] : [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
            .Select(path => new HubSnapshot(id, Path.GetFileName(path), path))];
    }

    /// <summary>The commit that a branch or tag stands for, or null.</summary>
    private static string? ReadRef(string path)
    {
        if (!File.Exists(path))
            return null;
        using var reader = new StreamReader(path);
        char[] buffer = new char[MaxRefLength];
        string text = new string(buffer, 0, reader.ReadBlock(buffer)).Trim();
        return HubNames.IsSafePath(text) && !text.Contains('/')
            ? text
            : throw new BaseModelException($"'{path}' holds no commit hash but '{LoraFormatException.Shorten(text)}'. Delete it and fill the cache again.");
    }

    private string Revisions(string id)
    {
        string refs = Path.Combine(FolderOf(id), "refs");
        IEnumerable<string> named = !Directory.Exists(refs) ? [] : Directory.EnumerateFiles(refs, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(refs, path).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal);
        return List([.. named.Select(name => $"'{name}'"), .. Snapshots(id).Select(snapshot => snapshot.Commit)], "no revision");
    }

    private string Others() => $"it has {List([.. Directory.EnumerateDirectories(Folder, "models--*").Order(StringComparer.Ordinal)
        .Select(path => Path.GetFileName(path)["models--".Length..].Replace("--", "/", StringComparison.Ordinal))], "no model")}";

    private static string List(IReadOnlyList<string> names, string none)
    {
        const int most = 10;
        return names.Count == 0 ? none : string.Join(", ", names.Take(most)) + (names.Count > most ? $" and {names.Count - most} more" : "");
    }
}
