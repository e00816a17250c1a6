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

    /// <summary>True for a file, and for a link that leads to one: of a link, <see cref="File.Exists"/> is content with the link.</summary>
    public static bool Exists(string path)
    {
        try
        {
            return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) is { } target ? target.Exists : File.Exists(path);
        }
        catch (IOException)
        {
            // A missing file, or a circle of links.
            return false;
        }
    }

    /// <summary>What is there instead of a file, for messages.</summary>
    public static string Instead(string path) => new FileInfo(path).LinkTarget is { } target ? $"a link to '{LoraFormatException.Shorten(target)}', where no file is"
        : Directory.Exists(path) ? "a folder" : "no such file";

    /// <summary>Path, size and time: as long as the text is the same, the file counts as the same.</summary>
    public static string State(string path)
    {
        FileInfo info = Of(path);
        return $"{info.FullName}:{info.Length}:{info.LastWriteTimeUtc.Ticks}";
    }
}
