namespace Microsoft.ML.Lora.Tests.Fuzzing;

/// <summary>All formats, by the words of the command line.</summary>
internal static class FuzzFormats
{
    /// <summary>Larger files would make few inputs of the time.</summary>
    private const int LargestFile = 256 << 10;

    public static readonly IReadOnlyList<string> Names = ["safetensors", "pickle", "tokenizer", "zip", "config"];

    /// <summary>Makes a format.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="root">The folder of recorded behaviour, or any folder with real files below it. The formats zip and config make their own files.</param>
    /// <exception cref="DirectoryNotFoundException">The folder has no file of the format.</exception>
    public static FuzzFormat Create(string name, string root) => name switch
    {
        "safetensors" => new SafetensorsFuzz(Find(name, root, "safetensors", f => f.EndsWith(".safetensors", StringComparison.Ordinal))),
        "pickle" => new PickleFuzz(Find(name, root, "pickles", f => Path.GetExtension(f) is ".pt" or ".bin")),
        "tokenizer" => new TokenizerFuzz(Find(name, root, Path.Combine("tokenizers", "small"), f => f.EndsWith("tokenizer.json", StringComparison.Ordinal) || f.EndsWith(".model", StringComparison.Ordinal))),
        "zip" => new ModelZipFuzz(),
        "config" => new ConfigFuzz(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    private static FuzzFile[] Find(string name, string root, string folder, Func<string, bool> isOne)
    {
        string place = Directory.Exists(Path.Combine(root, folder)) ? Path.Combine(root, folder) : root;
        // Files that are recorded as broken or hostile are no real files.
        string[] broken = ["invalid", "hostile", "unsupported"];
        FuzzFile[] files = !Directory.Exists(place) ? [] :
        [
            .. Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories)
                .Where(f => isOne(f) && !f.Split(Path.DirectorySeparatorChar).Any(broken.Contains) && new FileInfo(f).Length is > 0 and <= LargestFile)
                .Order(StringComparer.Ordinal).Select(f => new FuzzFile(Path.GetFileName(f), File.ReadAllBytes(f))),
        ];
        return files.Length > 0 ? files : throw new DirectoryNotFoundException($"There is no file of the format '{name}' below '{place}'.");
    }
}
