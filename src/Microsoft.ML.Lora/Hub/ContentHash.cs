using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Lora.Hub;

/// <summary>
/// The hash that the hub names a file by: SHA-256 of the bytes for large files, git's blob hash (SHA-1 over <c>blob SIZE\0</c> and the bytes) for small ones.
/// </summary>
internal sealed class ContentHash : IDisposable
{
    private const int Sha256Digits = 64;
    private const int Sha1Digits = 40;

    private readonly IncrementalHash _hash;
    private readonly long _size;
    private readonly bool _isGit;

    /// <summary>Starts the hash of a file.</summary>
    /// <param name="expected">The hash it should have, which says of which kind it is.</param>
    /// <param name="size">The file's size in bytes.</param>
    public ContentHash(string expected, long size)
    {
        _size = size;
        _isGit = expected.Length == Sha1Digits;
        _hash = IncrementalHash.CreateHash(_isGit ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        Restart();
    }

    /// <summary>True for a text that is such a hash.</summary>
    public static bool IsHash(string text) => text.Length is Sha256Digits or Sha1Digits && HubNames.IsLowerHex(text);

    /// <summary>What the hash is called in messages.</summary>
    public string Name => _isGit ? "git blob SHA-1" : "SHA-256";

    /// <summary>The next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>Forgets all bytes.</summary>
    public void Restart()
    {
        _hash.GetHashAndReset();
        if (_isGit)
            _hash.AppendData(Encoding.ASCII.GetBytes($"blob {_size}\0"));
    }

    /// <summary>The hash of all bytes, in lower-case hexadecimal digits; nothing can be appended after it.</summary>
    public string Finish() => Convert.ToHexString(_hash.GetHashAndReset()).ToLowerInvariant();

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
