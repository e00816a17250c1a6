using System.Runtime.CompilerServices;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>The last elements of a row that two vectors are too long for. Nothing beyond them is read or written.</summary>
internal static unsafe class RowEnds
{
    /// <summary>The longest pair of vectors, in bytes.</summary>
    private const int Longest = 32 * sizeof(float);

    /// <summary>The <paramref name="count"/> elements from <paramref name="at"/> on, 0 behind them.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static (TVector Low, TVector High) Load<TLanes, TVector>(byte* data, nint at, int count)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        byte* copy = stackalloc byte[Longest];
        Unsafe.InitBlockUnaligned(copy, 0, Longest);
        Unsafe.CopyBlockUnaligned(copy, data + (at * TLanes.Size), (uint)(Math.Min(count, 2 * TVector.Count) * TLanes.Size));
        return TLanes.Load<TVector>(copy, 0);
    }

    /// <summary>The first <paramref name="count"/> lanes to <paramref name="at"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Store<TLanes, TVector>(byte* data, nint at, int count, TVector low, TVector high)
        where TLanes : ILanes
        where TVector : struct, IVector<TVector>
    {
        byte* copy = stackalloc byte[Longest];
        TLanes.Store(copy, 0, low, high);
        Unsafe.CopyBlockUnaligned(data + (at * TLanes.Size), copy, (uint)(count * TLanes.Size));
    }
}
