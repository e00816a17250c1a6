using Microsoft.ML.Lora.Text.Pipeline;

namespace Microsoft.ML.Lora.Text.TokenModels;

/// <summary>
/// Tokens of pieces seen before, shared by all threads without locks: a slot is filled once and never changed, so once the common
/// words are in it nothing more is allocated.
/// </summary>
internal sealed class WordCache
{
    private const int Slots = 1 << 16;
    private const int Probes = 4;
    private const int LongestPiece = 40;

    private readonly Entry?[] _entries = new Entry?[Slots];

    /// <summary>True for pieces short enough to be kept.</summary>
    public static bool Takes(ReadOnlySpan<char> piece) => piece.Length <= LongestPiece;

    public bool TryGet(ReadOnlySpan<char> piece, ulong hash, out ReadOnlySpan<Token> tokens)
    {
        for (int probe = 0; probe < Probes; probe++)
        {
            Entry? entry = Volatile.Read(ref _entries[(int)(hash + (ulong)probe) & (Slots - 1)]);
            if (entry is null)
                break;
            if (entry.Hash == hash && piece.SequenceEqual(entry.Piece))
            {
                tokens = entry.Tokens;
                return true;
            }
        }

        tokens = default;
        return false;
    }

    public void Add(ReadOnlySpan<char> piece, ulong hash, ReadOnlySpan<Token> tokens)
    {
        for (int probe = 0; probe < Probes; probe++)
        {
            ref Entry? slot = ref _entries[(int)(hash + (ulong)probe) & (Slots - 1)];
            if (Volatile.Read(ref slot) is not null)
                continue;
            Volatile.Write(ref slot, new Entry(hash, piece.ToString(), tokens.ToArray()));
            return;
        }
    }

    private sealed record Entry(ulong Hash, string Piece, Token[] Tokens);
}
