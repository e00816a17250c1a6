using System.Runtime.CompilerServices;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Loads and stores elements of a type as two vectors of float32. One implementation per type, so that a kernel is written once.</summary>
internal unsafe interface ILanes
{
    /// <summary>Bytes an element.</summary>
    static abstract int Size { get; }

    /// <summary>The elements from i on, Count of them as the first vector and Count as the second.</summary>
    static abstract (TVector Low, TVector High) Load<TVector>(byte* source, nint i)
        where TVector : struct, IVector<TVector>;

    /// <summary>The reverse, rounding to nearest even.</summary>
    static abstract void Store<TVector>(byte* destination, nint i, TVector low, TVector high)
        where TVector : struct, IVector<TVector>;
}

/// <summary>float32.</summary>
internal readonly unsafe struct Float32Lanes : ILanes
{
    public static int Size => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) Load<TVector>(byte* source, nint i)
        where TVector : struct, IVector<TVector>
    {
        float* at = (float*)source + i;
        return (TVector.Load(at), TVector.Load(at + TVector.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TVector>(byte* destination, nint i, TVector low, TVector high)
        where TVector : struct, IVector<TVector>
    {
        float* at = (float*)destination + i;
        low.Store(at);
        high.Store(at + TVector.Count);
    }
}

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Lanes : ILanes
{
    public static int Size => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Low, TVector High) Load<TVector>(byte* source, nint i)
        where TVector : struct, IVector<TVector>
    {
        (TVector low, TVector high) = TVector.Widen(TVector.Load((float*)((ushort*)source + i)));
        return (TVector.ShiftLeft(low, 16), TVector.ShiftLeft(high, 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TVector>(byte* destination, nint i, TVector low, TVector high)
        where TVector : struct, IVector<TVector> =>
        TVector.Narrow(Round(low), Round(high)).Store((float*)((ushort*)destination + i));

    /// <summary>To nearest even, in the lower half. The NaNs that arithmetic makes stay NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Round<TVector>(TVector value)
        where TVector : struct, IVector<TVector>
    {
        TVector odd = TVector.ShiftRight(value, 16) & TVector.CreateInteger(1);
        return TVector.ShiftRight(TVector.AddIntegers(TVector.AddIntegers(value, TVector.CreateInteger(0x7fff)), odd), 16);
    }
}
