using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Tests;

/// <summary>The entries of a model file, in the recorded form.</summary>
internal static class ModelZip
{
    public static JsonObject Describe(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        var entries = new JsonObject();
        foreach (var entry in zip.Entries)
        {
            using var stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            entries[entry.FullName] = Describe(bytes.ToArray());
        }
        return entries;
    }

    /// <summary>The recorded list, by name.</summary>
    public static JsonObject Describe(JsonArray recorded)
    {
        var entries = new JsonObject();
        foreach (var entry in recorded)
            entries[(string)entry!["name"]!] = new JsonObject { ["length"] = (long)entry["length"]!, ["sha256"] = (string)entry["sha256"]! };
        return entries;
    }

    private static JsonObject Describe(byte[] bytes)
        => new() { ["length"] = bytes.LongLength, ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(bytes)) };
}
