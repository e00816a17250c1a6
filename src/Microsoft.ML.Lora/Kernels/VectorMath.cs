using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Functions of vectors.</summary>
internal static class VectorMath
{
    /// <summary>e^x for x of at most 0, relative error below 3e-7; 0 below -87, NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TVector>(TVector x)
        where TVector : struct, IVector<TVector>
    {
        // x = n ln 2 + r with |r| <= ln 2 / 2; e^x = 2^n e^r. ln 2 in two parts keeps r exact.
        TVector n = TVector.Floor(TVector.MultiplyAdd(x, TVector.Create(1.44269504f), TVector.Create(0.5f)));
        TVector r = TVector.MultiplyAdd(n, TVector.Create(2.12194440e-4f), TVector.MultiplyAdd(n, TVector.Create(-0.693359375f), x));
        TVector p = TVector.Create(1.9875691500e-4f);
        p = TVector.MultiplyAdd(p, r, TVector.Create(1.3981999507e-3f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(8.3334519073e-3f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(4.1665795894e-2f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(1.6666665459e-1f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(0.5f));
        p = TVector.MultiplyAdd(p, r * r, r + TVector.One);
        return TVector.Select(TVector.LessThan(x, TVector.Create(-87f)), TVector.Zero, p * TVector.PowerOfTwo(n));
    }

    /// <summary>a b + c, in one instruction where there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Avx512F.IsSupported ? Avx512F.FusedMultiplyAdd(a, b, c) : (a * b) + c;

    /// <summary>e^x for x of at most 0, relative error below 3e-7; 0 below -87, NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // x = n ln 2 + r with |r| <= ln 2 / 2; e^x = 2^n e^r. ln 2 in two parts keeps r exact.
        Vector512<float> n = Vector512.Floor(MultiplyAdd(x, Vector512.Create(1.44269504f), Vector512.Create(0.5f)));
        Vector512<float> r = MultiplyAdd(n, Vector512.Create(2.12194440e-4f), MultiplyAdd(n, Vector512.Create(-0.693359375f), x));
        Vector512<float> p = Vector512.Create(1.9875691500e-4f);
        p = MultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = MultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = MultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = MultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = MultiplyAdd(p, r, Vector512.Create(0.5f));
        p = MultiplyAdd(p, r * r, r + Vector512<float>.One);
        Vector512<float> bounded = Vector512.Max(n, Vector512.Create(-126f));
        Vector512<int> exponent = Avx512F.IsSupported ? Avx512F.ConvertToVector512Int32(bounded) : Vector512.ConvertToInt32(bounded);
        Vector512<float> scale = Vector512.ShiftLeft(exponent + Vector512.Create(127), 23).AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-87f)), Vector512<float>.Zero, p * scale);
    }
}
