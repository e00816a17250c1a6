namespace Microsoft.ML.Data;

/// <summary>Paths with * and ?, several of them joined by +, and "dir/.../name" for all folders below.</summary>
internal static class PathPattern
{
    public static string[] Expand(string pattern)
    {
        if (pattern == null || (pattern.IndexOfAny(['*', '?', '+']) < 0 && !pattern.Contains("...", StringComparison.Ordinal)))
            return File.Exists(pattern) ? [pattern] : [];
        return [.. pattern.Split('+', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(ExpandOne)
            .Distinct(StringComparer.InvariantCultureIgnoreCase)];
    }

    private static IEnumerable<string> ExpandOne(string pattern)
    {
        int recursive = pattern.IndexOf("...", StringComparison.Ordinal);
        if (recursive < 0 && pattern.IndexOfAny(['*', '?']) < 0)
            return File.Exists(pattern) ? [pattern] : [];
        if (recursive < 0)
        {
            bool dotted = pattern.StartsWith("./", StringComparison.Ordinal);
            string folder = Path.GetDirectoryName(pattern);
            return List(string.IsNullOrEmpty(folder) ? "." : folder, Path.GetFileName(pattern), keepDot: dotted);
        }
        string root = pattern[..recursive];
        string name = pattern[(recursive + 3)..].TrimStart('\\', '/');
        return Walk(root.Length == 0 ? "." : root, name.Length == 0 ? "*" : name, keepDot: root.Length > 0);
    }

    private static IEnumerable<string> Walk(string folder, string name, bool keepDot)
        => List(folder, name, keepDot).Concat(Folders(folder).SelectMany(sub => Walk(sub, name, keepDot)));

    private static string[] List(string folder, string name, bool keepDot)
    {
        var files = OrEmpty(() => Directory.GetFiles(folder, name));
        return keepDot ? files : Array.ConvertAll(files, file => file.StartsWith("./", StringComparison.Ordinal) ? file[2..] : file);
    }

    private static string[] Folders(string folder) => OrEmpty(() => Directory.GetDirectories(folder));

    // What cannot be listed counts as empty.
    private static string[] OrEmpty(Func<string[]> list)
    {
        try
        {
            return [.. list().OrderBy(path => path)];
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }
}
