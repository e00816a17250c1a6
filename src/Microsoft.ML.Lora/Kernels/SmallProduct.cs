using System.Runtime.CompilerServices;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// Products of matrices that fit the cache, float32: <c>C = A B</c>. For the many little ones of attention, where a library's call, its packing and
/// its hand-over between threads cost more than the product.
/// </summary>
internal static unsafe class SmallProduct
{
    /// <summary>
    /// Computes it. Six rows and two vectors of columns are kept in registers: twelve sums keep the multipliers busy, and more gains nothing. Sums run
    /// over k in order, so the bits do not depend on the sizes.
    /// </summary>
    /// <param name="a">Element (r, k) at r * <paramref name="aRow"/> + k * <paramref name="aColumn"/>, so a transposed A needs no copy.</param>
    /// <param name="aRow">Stride of the rows of A.</param>
    /// <param name="aColumn">Stride of the columns of A.</param>
    /// <param name="b">(depth, columns), row after row.</param>
    /// <param name="bRow">Stride of the rows of B.</param>
    /// <param name="c">(rows, columns), overwritten or added to.</param>
    /// <param name="cRow">Stride of the rows of C.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    /// <param name="columns">Columns of B and C, a multiple of 16.</param>
    /// <param name="add">Whether the product is added to C.</param>
    public static void Multiply<TVector>(
        float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int rows, int depth, int columns, bool add = false)
        where TVector : struct, IVector<TVector>
    {
        int column = 0;
        for (; column + (2 * TVector.Count) <= columns; column += 2 * TVector.Count)
        {
            for (int row = 0; row < rows;)
            {
                float* from = a + (row * aRow), to = c + (row * cRow) + column;
                int count = Take(rows - row);
                if (count == 6)
                    SixByTwo<TVector>(from, aRow, aColumn, b + column, bRow, to, cRow, depth, add);
                else if (count == 4)
                    FourByTwo<TVector>(from, aRow, aColumn, b + column, bRow, to, cRow, depth, add);
                else
                    OneByTwo<TVector>(from, aRow, aColumn, b + column, bRow, to, cRow, depth, add);
                row += count;
            }
        }

        if (column == columns)
            return;
        for (int row = 0; row < rows;)
        {
            float* from = a + (row * aRow), to = c + (row * cRow) + column;
            int count = Take(rows - row);
            if (count == 6)
                SixByOne<TVector>(from, aRow, aColumn, b + column, bRow, to, cRow, depth, add);
            else if (count == 4)
                FourByOne<TVector>(from, aRow, aColumn, b + column, bRow, to, cRow, depth, add);
            else
                OneByOne<TVector>(from, aRow, aColumn, b + column, bRow, to, cRow, depth, add);
            row += count;
        }
    }

    /// <summary>The next tile's rows: six, or four where that leaves fewer rows alone.</summary>
    private static int Take(int rows) => rows switch
    {
        < 4 => 1,
        4 or 5 or 8 or 9 => 4,
        _ => 6,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixByTwo<TVector>(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int depth, bool add)
        where TVector : struct, IVector<TVector>
    {
        TVector c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        TVector c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow;
        nint at = 0;
        for (int k = 0; k < depth; k++, at += aColumn, b += bRow)
        {
            TVector b0 = TVector.Load(b), b1 = TVector.Load(b + TVector.Count), x = TVector.Create(a[at]);
            c00 = TVector.MultiplyAdd(x, b0, c00);
            c01 = TVector.MultiplyAdd(x, b1, c01);
            x = TVector.Create(a1[at]);
            c10 = TVector.MultiplyAdd(x, b0, c10);
            c11 = TVector.MultiplyAdd(x, b1, c11);
            x = TVector.Create(a2[at]);
            c20 = TVector.MultiplyAdd(x, b0, c20);
            c21 = TVector.MultiplyAdd(x, b1, c21);
            x = TVector.Create(a3[at]);
            c30 = TVector.MultiplyAdd(x, b0, c30);
            c31 = TVector.MultiplyAdd(x, b1, c31);
            x = TVector.Create(a4[at]);
            c40 = TVector.MultiplyAdd(x, b0, c40);
            c41 = TVector.MultiplyAdd(x, b1, c41);
            x = TVector.Create(a5[at]);
            c50 = TVector.MultiplyAdd(x, b0, c50);
            c51 = TVector.MultiplyAdd(x, b1, c51);
        }

        Store(c, c00, c01, add);
        Store(c + cRow, c10, c11, add);
        Store(c + (2 * cRow), c20, c21, add);
        Store(c + (3 * cRow), c30, c31, add);
        Store(c + (4 * cRow), c40, c41, add);
        Store(c + (5 * cRow), c50, c51, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo<TVector>(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int depth, bool add)
        where TVector : struct, IVector<TVector>
    {
        TVector c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        TVector c30 = default, c31 = default;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        nint at = 0;
        for (int k = 0; k < depth; k++, at += aColumn, b += bRow)
        {
            TVector b0 = TVector.Load(b), b1 = TVector.Load(b + TVector.Count), x = TVector.Create(a[at]);
            c00 = TVector.MultiplyAdd(x, b0, c00);
            c01 = TVector.MultiplyAdd(x, b1, c01);
            x = TVector.Create(a1[at]);
            c10 = TVector.MultiplyAdd(x, b0, c10);
            c11 = TVector.MultiplyAdd(x, b1, c11);
            x = TVector.Create(a2[at]);
            c20 = TVector.MultiplyAdd(x, b0, c20);
            c21 = TVector.MultiplyAdd(x, b1, c21);
            x = TVector.Create(a3[at]);
            c30 = TVector.MultiplyAdd(x, b0, c30);
            c31 = TVector.MultiplyAdd(x, b1, c31);
        }

        Store(c, c00, c01, add);
        Store(c + cRow, c10, c11, add);
        Store(c + (2 * cRow), c20, c21, add);
        Store(c + (3 * cRow), c30, c31, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByTwo<TVector>(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int depth, bool add)
        where TVector : struct, IVector<TVector>
    {
        TVector c00 = default, c01 = default;
        nint at = 0;
        for (int k = 0; k < depth; k++, at += aColumn, b += bRow)
        {
            TVector b0 = TVector.Load(b), b1 = TVector.Load(b + TVector.Count), x = TVector.Create(a[at]);
            c00 = TVector.MultiplyAdd(x, b0, c00);
            c01 = TVector.MultiplyAdd(x, b1, c01);
        }

        Store(c, c00, c01, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixByOne<TVector>(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int depth, bool add)
        where TVector : struct, IVector<TVector>
    {
        TVector c00 = default, c10 = default, c20 = default, c30 = default, c40 = default, c50 = default;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow;
        nint at = 0;
        for (int k = 0; k < depth; k++, at += aColumn, b += bRow)
        {
            TVector b0 = TVector.Load(b);
            c00 = TVector.MultiplyAdd(TVector.Create(a[at]), b0, c00);
            c10 = TVector.MultiplyAdd(TVector.Create(a1[at]), b0, c10);
            c20 = TVector.MultiplyAdd(TVector.Create(a2[at]), b0, c20);
            c30 = TVector.MultiplyAdd(TVector.Create(a3[at]), b0, c30);
            c40 = TVector.MultiplyAdd(TVector.Create(a4[at]), b0, c40);
            c50 = TVector.MultiplyAdd(TVector.Create(a5[at]), b0, c50);
        }

        Store(c, c00, add);
        Store(c + cRow, c10, add);
        Store(c + (2 * cRow), c20, add);
        Store(c + (3 * cRow), c30, add);
        Store(c + (4 * cRow), c40, add);
        Store(c + (5 * cRow), c50, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByOne<TVector>(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int depth, bool add)
        where TVector : struct, IVector<TVector>
    {
        TVector c00 = default, c10 = default, c20 = default, c30 = default;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        nint at = 0;
        for (int k = 0; k < depth; k++, at += aColumn, b += bRow)
        {
            TVector b0 = TVector.Load(b);
            c00 = TVector.MultiplyAdd(TVector.Create(a[at]), b0, c00);
            c10 = TVector.MultiplyAdd(TVector.Create(a1[at]), b0, c10);
            c20 = TVector.MultiplyAdd(TVector.Create(a2[at]), b0, c20);
            c30 = TVector.MultiplyAdd(TVector.Create(a3[at]), b0, c30);
        }

        Store(c, c00, add);
        Store(c + cRow, c10, add);
        Store(c + (2 * cRow), c20, add);
        Store(c + (3 * cRow), c30, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByOne<TVector>(float* a, nint aRow, nint aColumn, float* b, nint bRow, float* c, nint cRow, int depth, bool add)
        where TVector : struct, IVector<TVector>
    {
        TVector c00 = default;
        nint at = 0;
        for (int k = 0; k < depth; k++, at += aColumn, b += bRow)
        {
            TVector b0 = TVector.Load(b);
            c00 = TVector.MultiplyAdd(TVector.Create(a[at]), b0, c00);
        }

        Store(c, c00, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector>(float* c, TVector c0, bool add)
        where TVector : struct, IVector<TVector> => (add ? TVector.Load(c) + c0 : c0).Store(c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVector>(float* c, TVector c0, TVector c1, bool add)
        where TVector : struct, IVector<TVector>
    {
        Store(c, c0, add);
        Store(c + TVector.Count, c1, add);
    }
}
