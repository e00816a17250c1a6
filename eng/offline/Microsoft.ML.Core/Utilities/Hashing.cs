using System.Numerics;

namespace Microsoft.ML.Internal.Utilities;

/// <summary>MurmurHash3 x86-32, as far as row samples and random seeds need it.</summary>
internal static class Hashing
{
    public static uint MurmurRound(uint hash, uint chunk)
    {
        chunk = BitOperations.RotateLeft(chunk * 0xCC9E2D51, 15) * 0x1B873593;
        return (BitOperations.RotateLeft(hash ^ chunk, 13) * 5) + 0xE6546B64;
    }

    public static uint MixHash(uint hash)
    {
        hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
        return hash ^ (hash >> 16);
    }

    /// <summary>
    /// Hash of the characters, each written as UTF-8 would write it alone (surrogates too) except that the bytes gathered
    /// so far are turned round with every character of more than one byte. It is what the original does.
    /// </summary>
    public static uint MurmurHashV2(uint hash, ReadOnlySpan<char> text)
    {
        int length = 0, bits = 0;
        ulong gathered = 0;
        foreach (uint c in text)
        {
            if (c <= 0x7F)
            {
                gathered |= c << bits;
                bits += 8;
            }
            else if (c <= 0x7FF)
            {
                gathered |= (ulong)((c & 0x3F) | ((c << 2) & 0x1F00) | 0xC080) << bits;
                gathered = ((gathered & 0xFF) << 8) | (gathered >> 8);
                bits += 16;
            }
            else
            {
                gathered |= (ulong)((c & 0x3F) | ((c << 2) & 0x3F00) | ((c << 4) & 0x0F0000) | 0xE08080) << bits;
                gathered = ((gathered & 0xFF) << 16) | (((gathered >> 8) & 0xFF) << 8) | (gathered >> 16);
                bits += 24;
            }
            if (bits >= 32)
            {
                hash = MurmurRound(hash, (uint)gathered);
                gathered >>= 32;
                bits -= 32;
                length += 4;
            }
        }
        length += bits / 8;
        if ((length & 3) != 0)
            hash ^= BitOperations.RotateLeft((uint)(gathered & ((1UL << (8 * (length & 3))) - 1)) * 0xCC9E2D51, 15) * 0x1B873593;
        return MixHash(hash ^ (uint)length);
    }
}
