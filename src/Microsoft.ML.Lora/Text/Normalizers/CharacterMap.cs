using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Lora.Text.Normalizers;

/// <summary>
/// sentencepiece's compiled character map: the length of a trie, the trie (a double array over UTF-8 bytes), then all replacements, each
/// ended by a zero byte. Everything in it is checked before it is used.
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] _trie;
    private readonly byte[] _replacements;
    private readonly ConcurrentDictionary<int, int[]> _decoded = new();

    /// <exception cref="FormatException">The map is damaged.</exception>
    public CharacterMap(ReadOnlySpan<byte> content)
    {
        if (content.Length < 4)
            throw new FormatException($"the character map has {content.Length} bytes, less than its head");
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(content) / 4 * 4;
        if (size > content.Length - 4)
            throw new FormatException($"the character map says that its trie has {size} bytes, of {content.Length - 4} that follow");
        if (size == 0)
            throw new FormatException("the character map has an empty trie");
        _trie = new uint[size / 4];
        ReadOnlySpan<byte> trie = content.Slice(4, (int)size);
        if (BitConverter.IsLittleEndian)
            MemoryMarshal.Cast<byte, uint>(trie).CopyTo(_trie);
        else
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, uint>(trie), _trie);
        _replacements = content[(4 + (int)size)..].ToArray();
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(_replacements);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException("the character map's replacements are not valid UTF-8", e);
        }
    }

    /// <summary>The code points that a text is replaced by, as the shortest of its beginnings that the trie has says; null where it has none.</summary>
    public int[]? Find(ReadOnlySpan<byte> text)
    {
        uint position = Offset(_trie[0]);
        foreach (byte b in text)
        {
            if (b == 0)
                return null;
            position ^= b;
            if (position >= _trie.Length)
                return null;
            uint unit = _trie[position];
            if ((unit & 0x800000FF) != b)
                return null;
            position ^= Offset(unit);
            if ((unit & 0x100) != 0)
                return position < _trie.Length ? Replacement((int)(_trie[position] & 0x7FFFFFFF)) : null;
        }

        return null;
    }

    /// <summary>The code points that the longest beginning of a text that the trie has is replaced by, with its length; null where it has none.</summary>
    public int[]? FindLongest(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        uint position = Offset(_trie[0]);
        int found = -1;
        for (int i = 0; i < text.Length && text[i] != 0; i++)
        {
            position ^= text[i];
            if (position >= _trie.Length || (_trie[position] & 0x800000FF) != text[i])
                break;
            uint unit = _trie[position];
            position ^= Offset(unit);
            if ((unit & 0x100) == 0)
                continue;
            if (position >= _trie.Length)
                break;
            found = (int)(_trie[position] & 0x7FFFFFFF);
            length = i + 1;
        }

        return found < 0 ? null : Replacement(found);
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);

    private int[]? Replacement(int index)
    {
        if (index >= _replacements.Length)
            return null;
        return _decoded.GetOrAdd(index, static (at, replacements) =>
        {
            ReadOnlySpan<byte> rest = replacements.AsSpan(at);
            int end = rest.IndexOf((byte)0);
            string text = Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
            return [.. text.EnumerateRunes().Select(rune => rune.Value)];
        }, _replacements);
    }
}
