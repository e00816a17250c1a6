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
        var values = new List<ushort>();
        var uniform = new Dictionary<ushort, ushort>();
        ushort[] page = new ushort[PageSize];
        int at = 0;
        for (int runs = data.Varint(); runs > 0; runs--)
        {
            int left = data.Varint();
            int value = data.Varint();
            while (left > 0)
            {
                int inPage = at & (PageSize - 1);
                int take = Math.Min(left, PageSize - inPage);
                page.AsSpan(inPage, take).Fill((ushort)value);
                at += take;
                left -= take;
                if ((at & (PageSize - 1)) == 0)
                    _pages[(at >> Shift) - 1] = Store(page, take == PageSize, values, uniform);
            }
        }

        if (at != 0x110000)
            throw new InvalidDataException($"The Unicode tables of this assembly cover {at:x} code points; expected 110000 (hexadecimal).");
        _values = values.ToArray();
    }

    /// <summary>The value of a code point, which must be in 0..10FFFF.</summary>
    public int this[int codePoint] => _values[(_pages[codePoint >> Shift] << Shift) + (codePoint & (PageSize - 1))];

    private static ushort Store(ushort[] page, bool isUniform, List<ushort> values, Dictionary<ushort, ushort> uniform)
    {
        if (isUniform && uniform.TryGetValue(page[0], out ushort known))
            return known;
        ushort index = (ushort)(values.Count >> Shift);
        values.AddRange(page);
        if (isUniform)
            uniform.Add(page[0], index);
        return index;
    }
}
