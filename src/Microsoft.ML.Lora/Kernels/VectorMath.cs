using System.Runtime.CompilerServices;

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
}
