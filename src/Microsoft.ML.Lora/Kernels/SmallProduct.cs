using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Lora.Kernels;

/// <summary>
/// Products of matrices that fit the cache, float32: <c>C = A B</c>. For the many little ones of attention over short rows, where a library's call,
/// its packing and its hand-over between threads cost more than the product.
/// </summary>
internal static unsafe class SmallProduct
{
    private const int Lanes = 16;

    /// <summary>Computes it. Four rows and up to four vectors of columns are kept in registers, so sums run over k in order: the bits do not depend on the sizes.</summary>
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
    public static void Multiply(float* a, int aRow, int aColumn, float* b, int bRow, float* c, int cRow, int rows, int depth, int columns)
    {
        int column = 0;
        for (; column + (4 * Lanes) <= columns; column += 4 * Lanes)
        {
            int row = 0;
            for (; row + 4 <= rows; row += 4)
                FourByFour(a + ((nint)row * aRow), aRow, aColumn, b + column, bRow, c + ((nint)row * cRow) + column, cRow, depth);
            for (; row < rows; row++)
                OneByFour(a + ((nint)row * aRow), aColumn, b + column, bRow, c + ((nint)row * cRow) + column, depth);
        }

        for (; column + (2 * Lanes) <= columns; column += 2 * Lanes)
        {
            int row = 0;
            for (; row + 4 <= rows; row += 4)
                FourByTwo(a + ((nint)row * aRow), aRow, aColumn, b + column, bRow, c + ((nint)row * cRow) + column, cRow, depth);
            for (; row < rows; row++)
                OneByTwo(a + ((nint)row * aRow), aColumn, b + column, bRow, c + ((nint)row * cRow) + column, depth);
        }

        for (; column < columns; column += Lanes)
        {
            for (int row = 0; row < rows; row++)
                OneByOne(a + ((nint)row * aRow), aColumn, b + column, bRow, c + ((nint)row * cRow) + column, depth);
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
    private static void FourByFour(float* a, int aRow, int aColumn, float* b, int bRow, float* c, int cRow, int depth)
    {
        Vector512<float> c00 = default, c01 = default, c02 = default, c03 = default, c10 = default, c11 = default, c12 = default, c13 = default;
        Vector512<float> c20 = default, c21 = default, c22 = default, c23 = default, c30 = default, c31 = default, c32 = default, c33 = default;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 16), b2 = Vector512.Load(b + 32), b3 = Vector512.Load(b + 48);
            Vector512<float> x = Vector512.Create(*a);
            c00 = VectorMath.MultiplyAdd(x, b0, c00);
            c01 = VectorMath.MultiplyAdd(x, b1, c01);
            c02 = VectorMath.MultiplyAdd(x, b2, c02);
            c03 = VectorMath.MultiplyAdd(x, b3, c03);
            x = Vector512.Create(*a1);
            c10 = VectorMath.MultiplyAdd(x, b0, c10);
            c11 = VectorMath.MultiplyAdd(x, b1, c11);
            c12 = VectorMath.MultiplyAdd(x, b2, c12);
            c13 = VectorMath.MultiplyAdd(x, b3, c13);
            x = Vector512.Create(*a2);
            c20 = VectorMath.MultiplyAdd(x, b0, c20);
            c21 = VectorMath.MultiplyAdd(x, b1, c21);
            c22 = VectorMath.MultiplyAdd(x, b2, c22);
            c23 = VectorMath.MultiplyAdd(x, b3, c23);
            x = Vector512.Create(*a3);
            c30 = VectorMath.MultiplyAdd(x, b0, c30);
            c31 = VectorMath.MultiplyAdd(x, b1, c31);
            c32 = VectorMath.MultiplyAdd(x, b2, c32);
            c33 = VectorMath.MultiplyAdd(x, b3, c33);
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
    private static void FourByTwo(float* a, int aRow, int aColumn, float* b, int bRow, float* c, int cRow, int depth)
    {
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 16);
            Vector512<float> x = Vector512.Create(*a);
            c00 = VectorMath.MultiplyAdd(x, b0, c00);
            c01 = VectorMath.MultiplyAdd(x, b1, c01);
            x = Vector512.Create(*a1);
            c10 = VectorMath.MultiplyAdd(x, b0, c10);
            c11 = VectorMath.MultiplyAdd(x, b1, c11);
            x = Vector512.Create(*a2);
            c20 = VectorMath.MultiplyAdd(x, b0, c20);
            c21 = VectorMath.MultiplyAdd(x, b1, c21);
            x = Vector512.Create(*a3);
            c30 = VectorMath.MultiplyAdd(x, b0, c30);
            c31 = VectorMath.MultiplyAdd(x, b1, c31);
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
    private static void OneByFour(float* a, int aColumn, float* b, int bRow, float* c, int depth)
    {
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        for (int k = 0; k < depth; k++, a += aColumn, b += bRow)
        {
            Vector512<float> x = Vector512.Create(*a);
            c0 = VectorMath.MultiplyAdd(x, Vector512.Load(b), c0);
            c1 = VectorMath.MultiplyAdd(x, Vector512.Load(b + 16), c1);
            c2 = VectorMath.MultiplyAdd(x, Vector512.Load(b + 32), c2);
            c3 = VectorMath.MultiplyAdd(x, Vector512.Load(b + 48), c3);
        }

        StoreFour(c, c0, c1, c2, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByTwo(float* a, int aColumn, float* b, int bRow, float* c, int depth)
    {
        Vector512<float> c0 = default, c1 = default;
        for (int k = 0; k < depth; k++, a += aColumn, b += bRow)
        {
            Vector512<float> x = Vector512.Create(*a);
            c0 = VectorMath.MultiplyAdd(x, Vector512.Load(b), c0);
            c1 = VectorMath.MultiplyAdd(x, Vector512.Load(b + 16), c1);
        }

        StoreTwo(c, c0, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByOne(float* a, int aColumn, float* b, int bRow, float* c, int depth)
    {
        Vector512<float> sum = default;
        for (int k = 0; k < depth; k++, a += aColumn, b += bRow)
            sum = VectorMath.MultiplyAdd(Vector512.Create(*a), Vector512.Load(b), sum);
        sum.Store(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFour(float* c, Vector512<float> c0, Vector512<float> c1, Vector512<float> c2, Vector512<float> c3)
    {
        StoreTwo(c, c0, c1);
        StoreTwo(c + (2 * Lanes), c2, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTwo(float* c, Vector512<float> c0, Vector512<float> c1)
    {
        c0.Store(c);
        c1.Store(c + Lanes);
    }
}
