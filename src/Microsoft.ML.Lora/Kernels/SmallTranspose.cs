using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>Transposes matrices that fit the cache.</summary>
internal static unsafe class SmallTranspose
{
    /// <summary>(columns, rows) of a matrix of (rows, columns).</summary>
    /// <param name="source">Row after row.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns, a multiple of 16.</param>
    /// <param name="target">(columns, width).</param>
    /// <param name="width">A multiple of 16, at least <paramref name="rows"/>; what lies beyond the rows becomes 0.</param>
    [SkipLocalsInit]
    public static void Run(float* source, int rows, int columns, float* target, int width)
    {
        // The last rows are filled up with zeros: less code than a second way, and few rows.
        float* filled = stackalloc float[256];
        for (int row = 0; row < width; row += 16)
        {
            for (int column = 0; column < columns; column += 16)
            {
                float* from = source + ((nint)row * columns) + column, to = target + ((nint)column * width) + row;
                int stride = columns;
                if (row + 16 > rows)
                {
                    for (int i = 0; i < 16; i++)
                    {
                        if (row + i < rows)
                            new ReadOnlySpan<float>(from + ((nint)i * columns), 16).CopyTo(new Span<float>(filled + (16 * i), 16));
                        else
                            new Span<float>(filled + (16 * i), 16).Clear();
                    }

                    stride = 16;
                    from = filled;
                }

                if (Avx512F.IsSupported)
                    Sixteen(from, stride, to, width);
                else
                    Fours(from, stride, to, width);
            }
        }
    }

    /// <summary>A square of sixteen: four rows at a time are interleaved within quarters of vectors, then the quarters are exchanged.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sixteen(float* source, nint stride, float* target, nint width)
    {
        (Vector512<float> a0, Vector512<float> a1, Vector512<float> a2, Vector512<float> a3) = Interleave(source, stride);
        (Vector512<float> b0, Vector512<float> b1, Vector512<float> b2, Vector512<float> b3) = Interleave(source + (4 * stride), stride);
        (Vector512<float> c0, Vector512<float> c1, Vector512<float> c2, Vector512<float> c3) = Interleave(source + (8 * stride), stride);
        (Vector512<float> d0, Vector512<float> d1, Vector512<float> d2, Vector512<float> d3) = Interleave(source + (12 * stride), stride);
        Exchange(a0, b0, c0, d0, target, 4 * width);
        Exchange(a1, b1, c1, d1, target + width, 4 * width);
        Exchange(a2, b2, c2, d2, target + (2 * width), 4 * width);
        Exchange(a3, b3, c3, d3, target + (3 * width), 4 * width);
    }

    /// <summary>Of four rows: quarter q of result i has the rows' elements at 4 q + i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> First, Vector512<float> Second, Vector512<float> Third, Vector512<float> Fourth) Interleave(float* source, nint stride)
    {
        Vector512<float> a = Vector512.Load(source), b = Vector512.Load(source + stride);
        Vector512<float> c = Vector512.Load(source + (2 * stride)), d = Vector512.Load(source + (3 * stride));
        Vector512<double> ab0 = Avx512F.UnpackLow(a, b).AsDouble(), ab1 = Avx512F.UnpackHigh(a, b).AsDouble();
        Vector512<double> cd0 = Avx512F.UnpackLow(c, d).AsDouble(), cd1 = Avx512F.UnpackHigh(c, d).AsDouble();
        return (Avx512F.UnpackLow(ab0, cd0).AsSingle(), Avx512F.UnpackHigh(ab0, cd0).AsSingle(),
            Avx512F.UnpackLow(ab1, cd1).AsSingle(), Avx512F.UnpackHigh(ab1, cd1).AsSingle());
    }

    /// <summary>Quarter q of each, behind one another, into line q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exchange(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* target, nint stride)
    {
        Vector512<float> even01 = Avx512F.Shuffle4x128(a, b, 0x88), odd01 = Avx512F.Shuffle4x128(a, b, 0xdd);
        Vector512<float> even23 = Avx512F.Shuffle4x128(c, d, 0x88), odd23 = Avx512F.Shuffle4x128(c, d, 0xdd);
        Avx512F.Shuffle4x128(even01, even23, 0x88).Store(target);
        Avx512F.Shuffle4x128(odd01, odd23, 0x88).Store(target + stride);
        Avx512F.Shuffle4x128(even01, even23, 0xdd).Store(target + (2 * stride));
        Avx512F.Shuffle4x128(odd01, odd23, 0xdd).Store(target + (3 * stride));
    }

    /// <summary>The same as sixteen squares of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fours(float* source, nint stride, float* target, nint width)
    {
        for (int row = 0; row < 16; row += 4, source += 4 * stride, target += 4)
        {
            for (int column = 0; column < 16; column += 4)
            {
                float* from = source + column, to = target + (column * width);
                if (Sse.IsSupported)
                {
                    Vector128<float> a = Vector128.Load(from), b = Vector128.Load(from + stride);
                    Vector128<float> c = Vector128.Load(from + (2 * stride)), d = Vector128.Load(from + (3 * stride));
                    Vector128<float> ab0 = Sse.UnpackLow(a, b), ab1 = Sse.UnpackHigh(a, b), cd0 = Sse.UnpackLow(c, d), cd1 = Sse.UnpackHigh(c, d);
                    Sse.MoveLowToHigh(ab0, cd0).Store(to);
                    Sse.MoveHighToLow(cd0, ab0).Store(to + width);
                    Sse.MoveLowToHigh(ab1, cd1).Store(to + (2 * width));
                    Sse.MoveHighToLow(cd1, ab1).Store(to + (3 * width));
                }
                else
                {
                    for (int i = 0; i < 4; i++)
                        Vector128.Create(from[i], from[i + stride], from[i + (2 * stride)], from[i + (3 * stride)]).Store(to + (i * width));
                }
            }
        }
    }
}
