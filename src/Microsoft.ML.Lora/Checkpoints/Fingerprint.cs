using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>
/// What identifies a base model: SHA-256 over name, type, shape and bytes of every tensor the model uses, sorted by canonical name.
/// The same weights in one file or in shards, as safetensors or as torch's .bin, with or without a prefix, are the same base.
/// </summary>
internal static class Fingerprint
{
    private static readonly ConcurrentDictionary<string, string> s_cache = new(StringComparer.Ordinal);

    /// <summary>The fingerprint of the mapped tensors, as <c>sha256:</c> and 64 hexadecimal digits.</summary>
    /// <param name="checkpoint">The weights.</param>
    /// <param name="names">Canonical name to key.</param>
    public static string Compute(Checkpoint checkpoint, IReadOnlyDictionary<string, string> names)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        foreach ((string name, string key) in names.OrderBy(n => n.Key, StringComparer.Ordinal))
        {
            (TensorFile file, TensorEntry entry) = checkpoint.Find(key);
            AppendText(hash, name);
            AppendText(hash, entry.Type.Name());
            AppendNumber(hash, entry.Shape.Length);
            foreach (long dimension in entry.Shape)
                AppendNumber(hash, dimension);
            for (long offset = 0; offset < entry.Length; offset += buffer.Length)
            {
                Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.Length - offset));
                file.ReadBytes(entry, offset, part);
                hash.AppendData(part);
            }
        }

        return $"sha256:{Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant()}";
    }

    /// <summary>As <see cref="Compute"/>, but computed once per process while path, size and time of the files stay the same.</summary>
    public static string ComputeCached(Checkpoint checkpoint, IReadOnlyDictionary<string, string> names)
    {
        string state = string.Join('|', checkpoint.Paths.Select(RealFile.State));
        return s_cache.GetOrAdd(state, _ => Compute(checkpoint, names));
    }

    private static void AppendText(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        AppendNumber(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
