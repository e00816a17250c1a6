using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Hub;

/// <summary>Puts what was downloaded into a hub cache, so that readers, huggingface_hub among them, see whole files only.</summary>
internal sealed class HubCacheWriter(HubCache cache, string id)
{
    /// <summary>Where the content with this hash belongs.</summary>
    public string BlobPath(HubFile file) => Path.Combine(cache.FolderOf(id), "blobs", file.Etag);

    /// <summary>The lock that huggingface_hub takes for this content.</summary>
    public string LockPath(HubFile file) => Path.Combine(cache.Folder, ".locks", HubNames.FolderOf(id), $"{file.Etag}.lock");

    /// <summary>Where a commit has a file.</summary>
    public string PointerPath(string commit, string name)
    {
        // Names were checked where they came in; this is the place that writes.
        if (!HubNames.IsSafePath(name) || !HubNames.IsCommit(commit))
            throw new HubException($"'{LoraFormatException.Shorten(name)}' of commit '{LoraFormatException.Shorten(commit)}' is not a name to write to.");
        return Path.Combine([cache.SnapshotFolder(id, commit), .. name.Split('/')]);
    }

    /// <summary>True where the commit has the file, with its size.</summary>
    public bool Has(string commit, HubFile file) => HasSize(PointerPath(commit, file.Name), file.Size);

    /// <summary>True where the content is there, with its size.</summary>
    public bool HasBlob(HubFile file) => HasSize(BlobPath(file), file.Size);

    /// <summary>
    /// Makes the commit's file of a content that is there: a relative link. Where links cannot be made or are not wanted, the content itself is moved there
    /// if no commit before used it, else copied.
    /// </summary>
    /// <param name="commit">The commit.</param>
    /// <param name="file">The file.</param>
    /// <param name="isNew">Whether the content has just been downloaded.</param>
    public void Point(string commit, HubFile file, bool isNew)
    {
        string pointer = PointerPath(commit, file.Name), blob = BlobPath(file), folder = Path.GetDirectoryName(pointer)!;
        Directory.CreateDirectory(folder);
        string temporary = Path.Combine(folder, $".{Path.GetFileName(pointer)}.{Guid.NewGuid():N}.tmp");
        try
        {
            if (!HubEnvironment.CopiesInsteadOfLinks && TryLink(temporary, Path.GetRelativePath(folder, blob)))
            {
                File.Move(temporary, pointer, overwrite: true);
                return;
            }

            if (!isNew)
                File.Copy(blob, temporary);
            File.Move(isNew ? blob : temporary, pointer, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Notes which commit a branch or tag stands for.</summary>
    public void PointRevision(string revision, string commit)
    {
        if (revision == commit)
            return;
        string path = cache.RefPath(id, revision);
        // A cache that cannot be written may still be read from.
        if (File.Exists(path) && File.ReadAllText(path) == commit)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.ASCII.GetBytes(commit)));
    }

    private static bool HasSize(string path, long size) => RealFile.Exists(path) && RealFile.Of(path).Length == size;

    private static bool TryLink(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
