using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// Products of matrices that fit the cache, float32: <c>C = A B</c>. For the many little ones of attention over short rows, where a library's call,
/// its packing and its hand-over between threads cost more than the product.
/// </summary>
internal static unsafe class SmallProduct
{
    /// <summary>
    /// Computes it. Four rows and two or four vectors of columns, as the machine allows, are kept in registers, so sums run over k in order: the bits
    /// do not depend on the sizes.
    /// </summary>
    /// <param name="a">Element (r, k) at r * <paramref name="aRow"/> + k * <paramref name="aColumn"/>, so a transposed A needs no copy.</param>
    /// <param name="aRow">Stride of the rows of A.</param>
    /// <param name="aColumn">Stride of the columns of A.</param>
    /// <param name="b">(depth, columns), row after row.</param>
    /// <param name="bRow">Stride of the rows of B.</param>
    /// <param name="c">(rows, columns), overwritten.</param>
    /// <param name="cRow">Stride of the rows of C.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    /// <param name="columns">Columns of B and C, a multiple of 16.</param>
    public static void Multiply<TVector>(float* a, int aRow, int aColumn, float* b, int bRow, float* c, int cRow, int rows, int depth, int columns)
        where TVector : struct, IVector<TVector>
    {
        int lanes = TVector.Count, column = 0;
        for (; TVector.ManyRegisters && column + (4 * lanes) <= columns; column += 4 * lanes)
        {
            int row = 0;
            for (; row + 4 <= rows; row += 4)
                FourByFour<TVector>(a + ((nint)row * aRow), aRow, aColumn, b + column, bRow, c + ((nint)row * cRow) + column, cRow, depth);
            for (; row < rows; row++)
                OneByFour<TVector>(a + ((nint)row * aRow), aColumn, b + column, bRow, c + ((nint)row * cRow) + column, depth);
        }

        for (; column + (2 * lanes) <= columns; column += 2 * lanes)
        {
            int row = 0;
            for (; row + 4 <= rows; row += 4)
                FourByTwo<TVector>(a + ((nint)row * aRow), aRow, aColumn, b + column, bRow, c + ((nint)row * cRow) + column, cRow, depth);
            for (; row < rows; row++)
                OneByTwo<TVector>(a + ((nint)row * aRow), aColumn, b + column, bRow, c + ((nint)row * cRow) + column, depth);
        }

        for (; column < columns; column += lanes)
        {
            for (int row = 0; row < rows; row++)
                OneByOne<TVector>(a + ((nint)row * aRow), aColumn, b + column, bRow, c + ((nint)row * cRow) + column, depth);
        }
    }

    /// <summary>(columns, rows) of a matrix of (rows, columns).</summary>
    /// <param name="source">Row after row.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="target">(columns, <paramref name="targetRow"/>); what lies beyond <paramref name="rows"/> in each row becomes 0.</param>
    /// <param name="targetRow">Stride of the target's rows, at least <paramref name="rows"/>.</param>
    public static void Transpose(float* source, int rows, int columns, float* target, int targetRow)
    {
        int row = 0;
        for (; row + 4 <= rows; row += 4)
        {
            float* from = source + ((nint)row * columns);
            float* to = target + row;
            for (int column = 0; column < columns; column++, from++, to += targetRow)
                Vector128.Create(from[0], from[columns], from[2 * columns], from[3 * columns]).Store(to);
        }

        for (; row < targetRow; row++)
        {
            float* to = target + row;
            for (int column = 0; column < columns; column++, to += targetRow)
                *to = row < rows ? source[((nint)row * columns) + column] : 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByFour<TVector>(float* a, int aRow, int aColumn, float* b, int bRow, float* c, int cRow, int depth)
        where TVector : struct, IVector<TVector>
    {
        TVector c00 = default, c01 = default, c02 = default, c03 = default, c10 = default, c11 = default, c12 = default, c13 = default;
        TVector c20 = default, c21 = default, c22 = default, c23 = default, c30 = default, c31 = default, c32 = default, c33 = default;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        for (int k = 0; k < depth; k++)
        {
            TVector b0 = TVector.Load(b), b1 = TVector.Load(b + TVector.Count), b2 = TVector.Load(b + (2 * TVector.Count)), b3 = TVector.Load(b + (3 * TVector.Count));
            TVector x = TVector.Create(*a);
            c00 = TVector.MultiplyAdd(x, b0, c00);
            c01 = TVector.MultiplyAdd(x, b1, c01);
            c02 = TVector.MultiplyAdd(x, b2, c02);
            c03 = TVector.MultiplyAdd(x, b3, c03);
            x = TVector.Create(*a1);
            c10 = TVector.MultiplyAdd(x, b0, c10);
            c11 = TVector.MultiplyAdd(x, b1, c11);
            c12 = TVector.MultiplyAdd(x, b2, c12);
            c13 = TVector.MultiplyAdd(x, b3, c13);
            x = TVector.Create(*a2);
            c20 = TVector.MultiplyAdd(x, b0, c20);
            c21 = TVector.MultiplyAdd(x, b1, c21);
            c22 = TVector.MultiplyAdd(x, b2, c22);
            c23 = TVector.MultiplyAdd(x, b3, c23);
            x = TVector.Create(*a3);
            c30 = TVector.MultiplyAdd(x, b0, c30);
            c31 = TVector.MultiplyAdd(x, b1, c31);
            c32 = TVector.MultiplyAdd(x, b2, c32);
            c33 = TVector.MultiplyAdd(x, b3, c33);
            a += aColumn;
            a1 += aColumn;
            a2 += aColumn;
            a3 += aColumn;
            b += bRow;
        }

        StoreFour(c, c00, c01, c02, c03);
        StoreFour(c + cRow, c10, c11, c12, c13);
        StoreFour(c + (2 * cRow), c20, c21, c22, c23);
        StoreFour(c + (3 * cRow), c30, c31, c32, c33);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo<TVector>(float* a, int aRow, int aColumn, float* b, int bRow, float* c, int cRow, int depth)
        where TVector : struct, IVector<TVector>
    {
        TVector c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        for (int k = 0; k < depth; k++)
        {
            TVector b0 = TVector.Load(b), b1 = TVector.Load(b + TVector.Count);
            TVector x = TVector.Create(*a);
            c00 = TVector.MultiplyAdd(x, b0, c00);
            c01 = TVector.MultiplyAdd(x, b1, c01);
            x = TVector.Create(*a1);
            c10 = TVector.MultiplyAdd(x, b0, c10);
            c11 = TVector.MultiplyAdd(x, b1, c11);
            x = TVector.Create(*a2);
            c20 = TVector.MultiplyAdd(x, b0, c20);
            c21 = TVector.MultiplyAdd(x, b1, c21);
            x = TVector.Create(*a3);
            c30 = TVector.MultiplyAdd(x, b0, c30);
            c31 = TVector.MultiplyAdd(x, b1, c31);
            a += aColumn;
            a1 += aColumn;
            a2 += aColumn;
            a3 += aColumn;
            b += bRow;
        }

        StoreTwo(c, c00, c01);
        StoreTwo(c + cRow, c10, c11);
        StoreTwo(c + (2 * cRow), c20, c21);
        StoreTwo(c + (3 * cRow), c30, c31);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByFour<TVector>(float* a, int aColumn, float* b, int bRow, float* c, int depth)
        where TVector : struct, IVector<TVector>
    {
        TVector c0 = default, c1 = default, c2 = default, c3 = default;
        for (int k = 0; k < depth; k++, a += aColumn, b += bRow)
        {
            TVector x = TVector.Create(*a);
            c0 = TVector.MultiplyAdd(x, TVector.Load(b), c0);
            c1 = TVector.MultiplyAdd(x, TVector.Load(b + TVector.Count), c1);
            c2 = TVector.MultiplyAdd(x, TVector.Load(b + (2 * TVector.Count)), c2);
            c3 = TVector.MultiplyAdd(x, TVector.Load(b + (3 * TVector.Count)), c3);
        }

        StoreFour(c, c0, c1, c2, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByTwo<TVector>(float* a, int aColumn, float* b, int bRow, float* c, int depth)
        where TVector : struct, IVector<TVector>
    {
        TVector c0 = default, c1 = default;
        for (int k = 0; k < depth; k++, a += aColumn, b += bRow)
        {
            TVector x = TVector.Create(*a);
            c0 = TVector.MultiplyAdd(x, TVector.Load(b), c0);
            c1 = TVector.MultiplyAdd(x, TVector.Load(b + TVector.Count), c1);
        }

        StoreTwo(c, c0, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByOne<TVector>(float* a, int aColumn, float* b, int bRow, float* c, int depth)
        where TVector : struct, IVector<TVector>
    {
        TVector sum = default;
        for (int k = 0; k < depth; k++, a += aColumn, b += bRow)
            sum = TVector.MultiplyAdd(TVector.Create(*a), TVector.Load(b), sum);
        sum.Store(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFour<TVector>(float* c, TVector c0, TVector c1, TVector c2, TVector c3)
        where TVector : struct, IVector<TVector>
    {
        StoreTwo(c, c0, c1);
        StoreTwo(c + (2 * TVector.Count), c2, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTwo<TVector>(float* c, TVector c0, TVector c1)
        where TVector : struct, IVector<TVector>
    {
        c0.Store(c);
        c1.Store(c + TVector.Count);
    }
}
