using Microsoft.ML.Lora.Text.TokenModels;

namespace Microsoft.ML.Lora.Text.Pipeline;

/// <summary>Arrays that models reuse from piece to piece.</summary>
internal sealed class ModelScratch
{
    private readonly int[][] _ints = [[], [], [], [], [], []];
    private readonly double[][] _doubles = [[]];

    /// <summary>For byte-pair merges.</summary>
    public MergeQueue Queue { get; } = new();

    /// <summary>An array of at least the wanted length with undefined content; each slot belongs to one use at a time.</summary>
    public Span<int> Ints(int slot, int length)
    {
        if (_ints[slot].Length < length)
            _ints[slot] = new int[Math.Max(length, 2 * _ints[slot].Length)];
        return _ints[slot].AsSpan(0, length);
    }

    /// <summary>An array of at least the wanted length with undefined content.</summary>
    public Span<double> Doubles(int slot, int length)
    {
        if (_doubles[slot].Length < length)
            _doubles[slot] = new double[Math.Max(length, 2 * _doubles[slot].Length)];
        return _doubles[slot].AsSpan(0, length);
    }
}
