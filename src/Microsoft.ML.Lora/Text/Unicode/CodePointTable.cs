using System.Runtime.CompilerServices;

namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>A small number for every code point, in pages of 128 of which equal ones are stored once.</summary>
internal sealed class CodePointTable
{
    private const int Shift = 7;
    private const int PageSize = 1 << Shift;
    private const int PageCount = 0x110000 >> Shift;

    private readonly ushort[] _pages = new ushort[PageCount];
    private readonly ushort[] _values;

    /// <summary>Reads a table: a number of runs that cover all code points in order, and the length and the value of each.</summary>
    // Its loops are long and run once: compiled well at once instead of twice.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public CodePointTable(UnicodeDataReader data)
    {
        ushort[] values = new ushort[64 * PageSize];
        int pages = 0;
        var uniform = new Dictionary<int, int>();
        int at = 0;
        for (int runs = data.Varint(); runs > 0; runs--)
        {
            int left = data.Varint();
            int value = data.Varint();
            while (left > 0)
            {
                int inPage = at & (PageSize - 1);
                int take = Math.Min(left, PageSize - inPage);
                bool isUniform = take == PageSize;
                if (!isUniform || !uniform.TryGetValue(value, out int page))
                {
                    page = inPage == 0 ? pages++ : pages - 1;
                    if (isUniform)
                        uniform.Add(value, page);
                    if (pages * PageSize > values.Length)
                        values = Copy(values, 2 * values.Length);
                    for (int i = 0; i < take; i++)
                        values[page * PageSize + inPage + i] = (ushort)value;
                }

                _pages[at >> Shift] = (ushort)page;
                at += take;
                left -= take;
            }
        }

        if (at != 0x110000)
            throw new InvalidDataException($"The Unicode tables of this assembly cover {at:x} code points; expected 110000 (hexadecimal).");
        _values = Copy(values, pages * PageSize);
    }

    /// <summary>The value of a code point, which must be in 0..10FFFF.</summary>
    public int this[int codePoint] => _values[(_pages[codePoint >> Shift] << Shift) + (codePoint & (PageSize - 1))];

    private static ushort[] Copy(ushort[] values, int length)
    {
        ushort[] copy = new ushort[length];
        Array.Copy(values, copy, Math.Min(values.Length, length));
        return copy;
    }
}
