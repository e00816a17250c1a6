using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// Dropout masks from the counter-based generator. Element i of a row is decided by 16 bits: the low half of the 32 bits of counter i / 2
/// where i is even, the high half where it is odd; it is dropped where these are below p * 65536. Vectors of every width and
/// the stock torch form give the same bits.
/// </summary>
/// <remarks>
/// p is rounded to a multiple of 2^-16. torch's own bernoulli is serial and takes 5 ns an element; this takes about 0.05 ns.
/// </remarks>
internal static unsafe class DropoutMask
{
    /// <summary>Below this, of 65,536, an element is dropped.</summary>
    public static ushort Threshold(float probability)
    {
        if (!(probability >= 0 && probability < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A dropout probability is at least 0 and below 1.");
        return (ushort)Math.Min(MathF.Round(probability * 65536), ushort.MaxValue);
    }

    /// <summary>What kept elements are multiplied with, for the rounded probability.</summary>
    public static float KeptScale(float probability) => 65536f / (65536 - Threshold(probability));

    /// <summary>A mask tensor.</summary>
    /// <param name="rowKeys">One key per row.</param>
    /// <param name="columns">Elements a row.</param>
    /// <param name="probability">The probability of zero.</param>
    /// <param name="kept">The value of the other elements: 1, or <see cref="KeptScale"/>.</param>
    /// <param name="type">Float32 or BFloat16.</param>
    /// <param name="device">Where it goes; null: the CPU.</param>
    /// <returns>(rows, columns).</returns>
    public static Tensor Create(ReadOnlySpan<ulong> rowKeys, int columns, float probability, float kept, ScalarType type, Device? device = null)
    {
        if (device is not null && device.type != DeviceType.CPU)
            return CreateStock(rowKeys, columns, probability, kept, type, device);
        if (type is not (ScalarType.Float32 or ScalarType.BFloat16))
            throw new ArgumentOutOfRangeException(nameof(type), type, "Masks are Float32 or BFloat16.");
        Tensor mask = empty(rowKeys.Length, columns, type);
        fixed (ulong* keys = rowKeys)
            VectorKernels.Run(type, new Filling(NativeData.Pointer(mask), keys, rowKeys.Length, columns, Threshold(probability), kept));
        return mask;
    }

    /// <summary>Multiplies the elements from i on with their mask: one vector, then another; i is a multiple of 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Apply<TVector>(ulong key, int i, uint threshold, float kept, ref TVector low, ref TVector high)
        where TVector : struct, IVector<TVector>
    {
        (TVector first, TVector second) = Kept<TVector>(key, i, threshold);
        TVector scale = TVector.Create(kept);
        low = TVector.Select(first, low * scale, TVector.Zero);
        high = TVector.Select(second, high * scale, TVector.Zero);
    }

    /// <summary>Fills a row with <paramref name="kept"/> or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Fill<TLanes, TVector>(byte* row, int columns, ulong key, uint threshold, float kept)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        TVector value = TVector.Create(kept);
        for (int i = 0; i < columns; i += 2 * TVector.Count)
        {
            (TVector first, TVector second) = Kept<TVector>(key, i, threshold);
            if (i + (2 * TVector.Count) <= columns)
                TLanes.Store(row, i, first & value, second & value);
            else
                RowEnds.Store<TLanes, TVector>(row, i, columns - i, first & value, second & value);
        }
    }

    /// <summary>The same mask from stock integer operators, on any device.</summary>
    internal static Tensor CreateStock(ReadOnlySpan<ulong> rowKeys, int columns, float probability, float kept, ScalarType type, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] lows = new long[rowKeys.Length], highs = new long[rowKeys.Length];
        for (int i = 0; i < rowKeys.Length; i++)
            (lows[i], highs[i]) = ((uint)rowKeys[i], (uint)(rowKeys[i] >> 32));
        int words = (columns + 1) / 2;
        Tensor low = tensor(lows, ScalarType.Int64, device).view(-1, 1), high = tensor(highs, ScalarType.Int64, device).view(-1, 1);
        Tensor word32 = tensor(0xffffffffL, ScalarType.Int64, device), word16 = tensor(0xffffL, ScalarType.Int64, device);
        Tensor by15 = tensor(15L, ScalarType.Int64, device), by16 = tensor(16L, ScalarType.Int64, device);
        Tensor x = arange(words, ScalarType.Int64, device).view(1, -1).bitwise_xor(low);
        x = x.bitwise_xor(x.bitwise_right_shift(by16));
        x = (x * 0x7feb352dL).bitwise_and(word32); // the product may wrap in 64 bits: the low 32 are right all the same
        x = (x + high).bitwise_and(word32);
        x = x.bitwise_xor(x.bitwise_right_shift(by15));
        x = (x * 0x846ca68bL).bitwise_and(word32);
        x = x.bitwise_xor(x.bitwise_right_shift(by16));
        Tensor halves = stack([x.bitwise_and(word16), x.bitwise_right_shift(by16)], -1).view(rowKeys.Length, 2 * words).narrow(1, 0, columns);
        return (halves.ge((long)Threshold(probability)).to(ScalarType.Float32) * kept).to(type).MoveToOuterDisposeScope();
    }

    /// <summary>All bits set for the elements to keep of those from i on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector First, TVector Second) Kept<TVector>(ulong key, int i, uint threshold)
        where TVector : struct, IVector<TVector>
    {
        TVector counters = TVector.AddIntegers(TVector.CreateInteger((uint)i / 2), TVector.Indices);
        TVector draws = CounterRandom.Mix(TVector.CreateInteger((uint)key), TVector.CreateInteger((uint)(key >> 32)), counters);
        (TVector first, TVector second) = TVector.Widen(draws);
        TVector dropped = TVector.CreateInteger(threshold - 1); // the largest draw that drops; -1 where none does
        return (TVector.GreaterIntegers(first, dropped), TVector.GreaterIntegers(second, dropped));
    }

    private readonly struct Filling(byte* mask, ulong* keys, int rows, int columns, uint threshold, float kept) : IVectorKernel
    {
        public void Run<TLanes, TVector>()
            where TLanes : ILanes
            where TVector : struct, IVector<TVector>
        {
            for (int row = 0; row < rows; row++)
                Fill<TLanes, TVector>(mask + ((nint)row * columns * TLanes.Size), columns, keys[row], threshold, kept);
        }
    }
}
