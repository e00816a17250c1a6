using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>Hashes of text spans. Seeded per process: a hostile vocabulary cannot be written to collide.</summary>
internal static class SpanHash
{
    private static readonly ulong s_multiplier = ((ulong)(uint)HashCode.Combine(1) << 32 | (uint)HashCode.Combine(2)) | 1;

    /// <summary>The hash of an empty text, for <see cref="Step"/>.</summary>
    public static ulong Start { get; } = (ulong)(uint)HashCode.Combine(3) << 32 | (uint)HashCode.Combine(4);

    /// <summary>The hash of a text with one more character; all prefixes of a text cost one pass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Step(ulong hash, char c)
    {
        hash = (hash + c) * s_multiplier;
        return hash ^ (hash >> 29);
    }

    /// <summary>The hash that <see cref="Step"/> gives after all characters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Steps(ReadOnlySpan<char> text)
    {
        ulong hash = Start;
        foreach (char c in text)
            hash = Step(hash, c);
        return hash;
    }

    /// <summary>A hash of a whole text, four characters at a time; not the one of <see cref="Steps"/>.</summary>
    public static ulong Whole(ReadOnlySpan<char> text)
    {
        ulong hash = Start ^ (ulong)text.Length;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<char, ulong>(text);
        foreach (ulong word in words)
        {
            hash = (hash ^ word) * s_multiplier;
            hash ^= hash >> 29;
        }

        foreach (char c in text[(4 * words.Length)..])
            hash = Step(hash, c);
        return hash ^ (hash >> 32);
    }
}
