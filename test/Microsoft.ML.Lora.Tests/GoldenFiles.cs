using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Microsoft.ML.Lora.Tests;

/// <summary>
/// The one place that knows where recorded behaviour ("goldens") and data sets lie: the folders that <c>LORA_GOLDENS</c> and
/// <c>LORA_TEST_DATA</c> name, else the compact selection that the project ships (<c>Goldens/</c>, and <c>Goldens/data/</c> for data).
/// A variable that points nowhere fails the test.
/// </summary>
internal static class GoldenFiles
{
    public const string GoldensVariable = "LORA_GOLDENS";
    public const string DataVariable = "LORA_TEST_DATA";

    private static string Compact => Path.Combine(AppContext.BaseDirectory, "Goldens");

    /// <summary>The root of all goldens.</summary>
    public static string Root => Resolve(GoldensVariable, Compact);

    /// <summary>The root of all data sets.</summary>
    public static string DataRoot => Resolve(DataVariable, Path.Combine(Compact, "data"));

    /// <summary>True where <c>LORA_GOLDENS</c> names a root; false where the compact selection stands in.</summary>
    public static bool IsFullSet => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(GoldensVariable));

    /// <summary>A folder under the root. The test fails where it does not exist.</summary>
    public static string Folder(params string[] parts)
    {
        string path = Path.Combine([Root, .. parts]);
        Assert.IsTrue(Directory.Exists(path), $"No folder '{path}'.");
        return path;
    }

    /// <summary>A file under the root. The test fails where it does not exist.</summary>
    public static string File(params string[] parts)
    {
        string path = Path.Combine([Root, .. parts]);
        Assert.IsTrue(System.IO.File.Exists(path), $"No file '{path}'.");
        return path;
    }

    /// <summary>The folders directly under a folder of the root, in ordinal order; empty where the folder does not exist.</summary>
    public static IReadOnlyList<string> Folders(params string[] parts) => List(parts, Directory.GetDirectories);

    /// <summary>The files directly under a folder of the root, in ordinal order; empty where the folder does not exist.</summary>
    public static IReadOnlyList<string> Files(string pattern, params string[] parts) => List(parts, path => Directory.GetFiles(path, pattern));

    /// <summary>A file or folder of the data sets, or null where this selection does not have it.</summary>
    public static string? TryData(params string[] parts)
    {
        string path = Path.Combine([DataRoot, .. parts]);
        return Path.Exists(path) ? path : null;
    }

    /// <summary>A file or folder of the data sets; the test is inconclusive, saying why, where this selection does not have it.</summary>
    public static string Data(params string[] parts)
    {
        string? path = TryData(parts);
        if (path is null)
            Assert.Inconclusive($"'{Path.Combine(parts)}' is not under '{DataRoot}'; set {DataVariable} to a folder that has it.");
        return path!;
    }

    private static string Resolve(string variable, string otherwise)
    {
        string? value = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(value))
            return otherwise;
        Assert.IsTrue(Directory.Exists(value), $"The environment variable {variable} names '{value}', which is not a folder.");
        return Path.GetFullPath(value);
    }

    private static IReadOnlyList<string> List(string[] parts, Func<string, string[]> list)
    {
        string path = Path.Combine([Root, .. parts]);
        if (!Directory.Exists(path))
            return [];
        string[] found = list(path);
        Array.Sort(found, StringComparer.Ordinal);
        return found;
    }
}
