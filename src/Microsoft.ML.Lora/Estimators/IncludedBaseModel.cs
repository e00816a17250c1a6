using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Estimators;

/// <summary>
/// The files of a base model that travels inside a saved model. On loading they go to a cache on disk, in a folder named after the model's
/// fingerprint: weights are mapped from there, and the next process finds them. What lies in the cache is checked by its fingerprint when
/// it is used, like any other base model.
/// </summary>
internal static class IncludedBaseModel
{
    /// <summary>Names the folder of the cache; without it, the user's local application data is used, else the temporary folder.</summary>
    public const string CacheVariable = "LORA_BASE_MODEL_CACHE";

    /// <summary>Stands before the names of these files in the zip, which has no folders there.</summary>
    public const string Prefix = "base_model-";

    private const string Config = "config.json";

    /// <summary>The files to save, by their names in the zip: configuration and weights. The tokenizer and the pooling are saved in any case.</summary>
    public static IReadOnlyList<(string Name, string Path)> Files(string folder)
    {
        CheckpointFiles weights = CheckpointFiles.Find(folder);
        IEnumerable<string> paths = [Path.Combine(folder, Config), .. weights.Index is { } index ? [index] : Array.Empty<string>(), .. weights.Paths];
        return [.. paths.Select(path => (Prefix + Path.GetFileName(path), path))];
    }

    /// <summary>Whether a file of the zip is one of a base model's.</summary>
    public static bool IsOne(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Where a base model lies in the cache, whether or not it is there yet.</summary>
    /// <exception cref="IOException">There is no folder to write to.</exception>
    public static string CacheFolder(string fingerprint)
    {
        // The fingerprint comes from the zip: its hash is a safe name whatever it is.
        string name = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(fingerprint)))[..32].ToLowerInvariant();
        return Path.Combine(CacheRoot(), name);
    }

    /// <summary>A folder to write into, next to where it will be moved when it is complete.</summary>
    public static string NewPartialFolder(string cacheFolder) =>
        Directory.CreateDirectory($"{cacheFolder}.{Environment.ProcessId}-{Guid.NewGuid():N}.partial").FullName;

    /// <summary>Makes a complete folder visible under its name. Another process may have been faster; its copy is as good.</summary>
    public static void Publish(string partialFolder, string cacheFolder)
    {
        try
        {
            Directory.Move(partialFolder, cacheFolder);
        }
        catch (IOException) when (Directory.Exists(cacheFolder))
        {
            Directory.Delete(partialFolder, recursive: true);
        }
    }

    private static string CacheRoot()
    {
        string local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        string?[] candidates = Environment.GetEnvironmentVariable(CacheVariable) is { Length: > 0 } chosen
            ? [chosen]
            : [local.Length == 0 ? null : Path.Combine(local, "Microsoft.ML.Lora", "base-models"), Path.Combine(Path.GetTempPath(), $"Microsoft.ML.Lora-{Environment.UserName}")];
        Exception? last = null;
        foreach (string candidate in candidates.OfType<string>())
        {
            try
            {
                return Directory.CreateDirectory(candidate).FullName;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                last = e;
            }
        }

        throw new IOException(
            $"The saved model holds its base model, which needs a folder to go to, and there is none that can be written: {string.Join(", ", candidates.OfType<string>())}. "
            + $"Let the environment variable {CacheVariable} name one.",
            last);
    }
}
