namespace Microsoft.ML.Lora.Benchmarks.Comparing;

/// <summary>A data set: TSV files with the header <c>Label Text</c>.</summary>
/// <param name="Name">What the report calls it.</param>
/// <param name="Train">Training rows.</param>
/// <param name="Test">Test rows.</param>
internal sealed record ComparedSet(string Name, string Train, string Test)
{
    /// <summary>Finds a set in a folder: NAME.train20k.tsv or NAME.train.tsv, and NAME.test.tsv or NAME.dev.tsv.</summary>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static ComparedSet Find(string folder, string name) => new(
        name, First(folder, name, "train20k", "train"), First(folder, name, "test", "dev"));

    private static string First(string folder, string name, params string[] parts)
    {
        string[] paths = [.. parts.Select(part => Path.Combine(folder, $"{name}.{part}.tsv"))];
        return paths.FirstOrDefault(File.Exists) ?? throw new FileNotFoundException($"None of these files exists: {string.Join(", ", paths)}.");
    }
}
