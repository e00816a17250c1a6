namespace Microsoft.ML.Lora.Kernels;

/// <summary>The buffers in which one thread computes a head, float32. Queries are taken in blocks, so that what belongs to a pair of tokens stays in the cache.</summary>
/// <param name="start">Memory of <see cref="Elements"/>, on a boundary of 64 bytes.</param>
/// <param name="longest">Tokens of the longest row.</param>
/// <param name="size">The head's size.</param>
internal readonly unsafe struct HeadScratch(float* start, int longest, int size)
{
    private readonly int _vectors = longest * size;
    private readonly int _block = Math.Min(Padded(longest), MaxBlock);

    /// <summary>Queries a block, at most.</summary>
    public const int MaxBlock = 64;

    /// <summary>(length, size) each.</summary>
    public float* Key => start;

    public float* Value => start + _vectors;

    public float* KeyGradient => start + (2 * _vectors);

    public float* ValueGradient => start + (3 * _vectors);

    /// <summary>(length, block) each: by key, then by query.</summary>
    public float* Weights => start + (4 * _vectors);

    public float* Slopes => Weights + (longest * _block);

    /// <summary>(block, size) each.</summary>
    public float* Query => Slopes + (longest * _block);

    public float* Upstream => Query + (_block * size);

    /// <summary>(size, block): queries, or their upstream, by column.</summary>
    public float* Transposed => Upstream + (_block * size);

    /// <summary>A factor per query of a block.</summary>
    public float* Inverse => Transposed + (_block * size);

    /// <summary>The halves of a key per query of a block.</summary>
    public uint* LowKeys => (uint*)(Inverse + MaxBlock);

    public uint* HighKeys => LowKeys + MaxBlock;

    /// <summary>Elements of the memory.</summary>
    public static int Elements(int longest, int size) =>
        (4 * longest * size) + (Math.Min(Padded(longest), MaxBlock) * ((2 * longest) + (3 * size))) + (3 * MaxBlock);

    /// <summary>The width of a block's buffers for so many queries: a multiple of 16.</summary>
    public static int Padded(int queries) => (queries + 15) / 16 * 16;
}
