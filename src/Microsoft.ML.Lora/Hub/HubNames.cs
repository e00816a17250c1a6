namespace Microsoft.ML.Lora.Hub;

/// <summary>Which ids, revisions and file names are accepted. All three become parts of paths, and the last two may come from a server.</summary>
internal static class HubNames
{
    private const int MaxIdLength = 96;
    private const int MaxLength = 512;
    private const int CommitLength = 40;

    /// <summary>A null, or what is wrong with a model id.</summary>
    public static string? ProblemOfId(string id)
    {
        string[] parts = id.Split('/');
        if (id.Length > MaxIdLength)
            return $"it is longer than {MaxIdLength} characters";
        if (parts.Length > 2)
            return "it has more than one '/'";
        if (id.Contains("--", StringComparison.Ordinal) || id.Contains("..", StringComparison.Ordinal))
            return "it contains '--' or '..'";
        return parts.All(IsIdPart) ? null : "each part consists of letters, digits, '-', '_' and '.', and neither starts nor ends with '-' or '.'";
    }

    /// <summary>Checks a model id given by the caller.</summary>
    /// <exception cref="ArgumentException">It is not one.</exception>
    public static void CheckId(string id)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        if (ProblemOfId(id) is { } problem)
            throw new ArgumentException($"'{LoraFormatException.Shorten(id)}' is not the id of a model on the hub ('name' or 'organization/name'): {problem}.", nameof(id));
    }

    /// <summary>Checks a revision given by the caller: a branch, a tag, or a commit.</summary>
    /// <exception cref="ArgumentException">It is not one.</exception>
    public static void CheckRevision(string revision)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(revision);
        if (!IsSafePath(revision))
            throw new ArgumentException($"'{LoraFormatException.Shorten(revision)}' is not a revision: a branch, a tag or a commit hash is expected.", nameof(revision));
    }

    /// <summary>The folder of a model in a cache: <c>models--org--name</c>.</summary>
    public static string FolderOf(string id) => $"models--{id.Replace("/", "--", StringComparison.Ordinal)}";

    /// <summary>True for a full commit hash.</summary>
    public static bool IsCommit(string text) => text.Length == CommitLength && IsLowerHex(text);

    /// <summary>True for lower-case hexadecimal digits only.</summary>
    public static bool IsLowerHex(string text) => text.Length > 0 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>True for a name that, on some operating system, leads out of the folder it is put in: a drive, the root, '..', a backslash, control characters.</summary>
    public static bool Escapes(string path) =>
        path.Any(c => c < ' ' || c is '\\' or (char)127)
        || path is [_, ':', ..] && char.IsAsciiLetter(path[0])
        || path.Split('/').Any(part => part is "" or "." or "..");

    /// <summary>
    /// True for a relative path with '/' that stays inside the folder it is put in, on every operating system: no empty part, no '.' or '..',
    /// no drive, stream, device or wildcard characters, no name that Windows changes by trimming.
    /// </summary>
    public static bool IsSafePath(string path) => path.Length is > 0 and <= MaxLength && path.Split('/').All(IsSafePart);

    private static bool IsSafePart(string part) =>
        part.Length > 0
        && part is not ("." or "..")
        && !part.EndsWith('.') && !part.EndsWith(' ') && !part.StartsWith(' ')
        && part.All(c => c >= ' ' && c != 127 && !"\\:*?\"<>|".Contains(c))
        && !IsDevice(part);

    private static bool IsDevice(string part)
    {
        string stem = part.Split('.')[0].TrimEnd().ToUpperInvariant();
        return stem is "CON" or "PRN" or "AUX" or "NUL"
            || stem.Length == 4 && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal)) && char.IsAsciiDigit(stem[3]);
    }

    private static bool IsIdPart(string part) =>
        part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && part[0] is not ('-' or '.') && part[^1] is not ('-' or '.');
}
