using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// Dropout masks from the counter-based generator. Element i of a row is decided by 16 bits: the low half of the 32 bits of counter i / 2
/// where i is even, the high half where it is odd; it is dropped where these are below p * 65536. Scalar code, vectors of every width and
/// the stock torch form give the same bits.
/// </summary>
/// <remarks>
/// p is rounded to a multiple of 2^-16. torch's own bernoulli is serial and takes 5 ns an element; this takes about 0.05 ns.
/// </remarks>
internal static class DropoutMask
{
    private static Vector512<uint> Counters512 => Vector512.Create(0u, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

    private static Vector256<uint> Counters256 => Vector256.Create(0u, 1, 2, 3, 4, 5, 6, 7);

    private static Vector128<uint> Counters128 => Vector128.Create(0u, 1, 2, 3);

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
        Tensor mask = empty(rowKeys.Length, columns, type);
        Span<byte> bytes = mask.bytes;
        ushort threshold = Threshold(probability);
        if (type == ScalarType.BFloat16)
        {
            Span<ushort> values = MemoryMarshal.Cast<byte, ushort>(bytes);
            ushort keptBits = BFloat16Bits.FromSingle(kept);
            for (int row = 0; row < rowKeys.Length; row++)
                Fill(rowKeys[row], threshold, keptBits, values.Slice(row * columns, columns));
        }
        else if (type == ScalarType.Float32)
        {
            Span<float> values = MemoryMarshal.Cast<byte, float>(bytes);
            for (int row = 0; row < rowKeys.Length; row++)
                Fill(rowKeys[row], threshold, kept, values.Slice(row * columns, columns));
        }
        else
        {
            throw new ArgumentOutOfRangeException(nameof(type), type, "Masks are Float32 or BFloat16.");
        }

        return mask;
    }

    /// <summary>Fills one row with <paramref name="kept"/> or 0.</summary>
    public static void Fill(ulong key, ushort threshold, ushort kept, Span<ushort> destination) => Fill(key, threshold, kept, destination, BestWidth);

    /// <summary>Fills one row with <paramref name="kept"/> or 0.</summary>
    public static void Fill(ulong key, ushort threshold, float kept, Span<float> destination) => Fill(key, threshold, kept, destination, BestWidth);

    /// <summary>The widest vectors the machine has, in bits; 0: none.</summary>
    public static int BestWidth =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;

    /// <summary>Multiplies the elements i .. i + 31 of a row with their mask; i is a multiple of 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Apply(ulong key, int i, uint threshold, float kept, ref Vector512<float> low, ref Vector512<float> high)
    {
        Vector512<uint> counters = Vector512.Create((uint)i / 2) + Counters512;
        Vector512<uint> draw = CounterRandom.Mix(Vector512.Create((uint)key), Vector512.Create((uint)(key >> 32)), counters);
        (Vector512<uint> first, Vector512<uint> second) = Vector512.Widen(draw.AsUInt16());
        Vector512<uint> limit = Vector512.Create(threshold);
        Vector512<float> scale = Vector512.Create(kept);
        low = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(first, limit).AsSingle(), low * scale, Vector512<float>.Zero);
        high = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(second, limit).AsSingle(), high * scale, Vector512<float>.Zero);
    }

    /// <summary>As <see cref="Fill(ulong, ushort, ushort, Span{ushort})"/> with vectors of a given width, for tests.</summary>
    internal static void Fill(ulong key, ushort threshold, ushort kept, Span<ushort> destination, int width)
    {
        uint low = (uint)key, high = (uint)(key >> 32);
        ref ushort start = ref MemoryMarshal.GetReference(destination);
        int i = 0;
        if (width >= 512)
        {
            Vector512<uint> lows = Vector512.Create(low), highs = Vector512.Create(high), counters = Counters512;
            Vector512<ushort> limit = Vector512.Create(threshold), value = Vector512.Create(kept);
            for (; i <= destination.Length - 32; i += 32, counters += Vector512.Create(16u))
            {
                Vector512<ushort> draw = CounterRandom.Mix(lows, highs, counters).AsUInt16();
                (Vector512.GreaterThanOrEqual(draw, limit) & value).StoreUnsafe(ref start, (nuint)i);
            }
        }
        else if (width >= 256)
        {
            Vector256<uint> lows = Vector256.Create(low), highs = Vector256.Create(high), counters = Counters256;
            Vector256<ushort> limit = Vector256.Create(threshold), value = Vector256.Create(kept);
            for (; i <= destination.Length - 16; i += 16, counters += Vector256.Create(8u))
            {
                Vector256<ushort> draw = CounterRandom.Mix(lows, highs, counters).AsUInt16();
                (Vector256.GreaterThanOrEqual(draw, limit) & value).StoreUnsafe(ref start, (nuint)i);
            }
        }
        else if (width >= 128)
        {
            Vector128<uint> lows = Vector128.Create(low), highs = Vector128.Create(high), counters = Counters128;
            Vector128<ushort> limit = Vector128.Create(threshold), value = Vector128.Create(kept);
            for (; i <= destination.Length - 8; i += 8, counters += Vector128.Create(4u))
            {
                Vector128<ushort> draw = CounterRandom.Mix(lows, highs, counters).AsUInt16();
                (Vector128.GreaterThanOrEqual(draw, limit) & value).StoreUnsafe(ref start, (nuint)i);
            }
        }

        for (; i < destination.Length; i++)
            destination[i] = Draw(low, high, i) >= threshold ? kept : (ushort)0;
    }

    /// <summary>As <see cref="Fill(ulong, ushort, float, Span{float})"/> with vectors of a given width, for tests.</summary>
    internal static void Fill(ulong key, ushort threshold, float kept, Span<float> destination, int width)
    {
        uint low = (uint)key, high = (uint)(key >> 32);
        ref float start = ref MemoryMarshal.GetReference(destination);
        int i = 0;
        if (width >= 512)
        {
            Vector512<uint> lows = Vector512.Create(low), highs = Vector512.Create(high), counters = Counters512;
            Vector512<uint> limit = Vector512.Create((uint)threshold);
            Vector512<float> value = Vector512.Create(kept);
            for (; i <= destination.Length - 32; i += 32, counters += Vector512.Create(16u))
            {
                (Vector512<uint> first, Vector512<uint> second) = Vector512.Widen(CounterRandom.Mix(lows, highs, counters).AsUInt16());
                (Vector512.GreaterThanOrEqual(first, limit).AsSingle() & value).StoreUnsafe(ref start, (nuint)i);
                (Vector512.GreaterThanOrEqual(second, limit).AsSingle() & value).StoreUnsafe(ref start, (nuint)i + 16);
            }
        }
        else if (width >= 256)
        {
            Vector256<uint> lows = Vector256.Create(low), highs = Vector256.Create(high), counters = Counters256;
            Vector256<uint> limit = Vector256.Create((uint)threshold);
            Vector256<float> value = Vector256.Create(kept);
            for (; i <= destination.Length - 16; i += 16, counters += Vector256.Create(8u))
            {
                (Vector256<uint> first, Vector256<uint> second) = Vector256.Widen(CounterRandom.Mix(lows, highs, counters).AsUInt16());
                (Vector256.GreaterThanOrEqual(first, limit).AsSingle() & value).StoreUnsafe(ref start, (nuint)i);
                (Vector256.GreaterThanOrEqual(second, limit).AsSingle() & value).StoreUnsafe(ref start, (nuint)i + 8);
            }
        }
        else if (width >= 128)
        {
            Vector128<uint> lows = Vector128.Create(low), highs = Vector128.Create(high), counters = Counters128;
            Vector128<uint> limit = Vector128.Create((uint)threshold);
            Vector128<float> value = Vector128.Create(kept);
            for (; i <= destination.Length - 8; i += 8, counters += Vector128.Create(4u))
            {
                (Vector128<uint> first, Vector128<uint> second) = Vector128.Widen(CounterRandom.Mix(lows, highs, counters).AsUInt16());
                (Vector128.GreaterThanOrEqual(first, limit).AsSingle() & value).StoreUnsafe(ref start, (nuint)i);
                (Vector128.GreaterThanOrEqual(second, limit).AsSingle() & value).StoreUnsafe(ref start, (nuint)i + 4);
            }
        }

        for (; i < destination.Length; i++)
            destination[i] = Draw(low, high, i) >= threshold ? kept : 0f;
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort Draw(uint low, uint high, int i)
    {
        uint word = CounterRandom.Mix(low, high, (uint)i >> 1);
        return (ushort)((i & 1) == 0 ? word : word >> 16);
    }
}
