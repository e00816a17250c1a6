namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>Size and time of the file that a path leads to. Of a link, as hub caches are full of, <see cref="FileInfo"/> itself gives those of the link.</summary>
internal static class RealFile
{
    /// <summary>The file, or where the path is a link, what it leads to.</summary>
    public static FileInfo Of(string path)
    {
        var info = new FileInfo(path);
        return info.LinkTarget is not null && info.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target : info;
    }

    /// <summary>Path, size and time: as long as the text is the same, the file counts as the same.</summary>
    public static string State(string path)
    {
        FileInfo info = Of(path);
        return $"{info.FullName}:{info.Length}:{info.LastWriteTimeUtc.Ticks}";
    }
}
