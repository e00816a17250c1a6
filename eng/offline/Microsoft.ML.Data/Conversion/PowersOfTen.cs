using System.Numerics;

namespace Microsoft.ML.Data.Conversion;

/// <summary>
/// Powers of ten as a 64-bit mantissa with the top bit set and a binary exponent: 10^n is about
/// <c>Mantissa * 2^(Exponent - 64)</c>. Computed once, exactly, from big integers: positive powers are cut off,
/// negative powers are rounded, which decides the last bit of some parsed numbers.
/// </summary>
internal static class PowersOfTen
{
    public const int MaxPositive = 320;
    public const int MaxNegative = 360;
    private const int MaxPositiveDouble = 39;
    private const int MaxNegativeDouble = 65;

    private static readonly (ulong Mantissa, int Exponent)[] Positive = MakePositive();
    private static readonly (ulong Mantissa, int Exponent)[] Negative = MakeNegative();
    private static readonly double[] PositiveDoubles = MakeDoubles(Positive, MaxPositiveDouble);
    private static readonly double[] NegativeDoubles = MakeDoubles(Negative, MaxNegativeDouble);

    /// <summary>False when 10^<paramref name="power"/> is beyond the table.</summary>
    public static bool TryGet(long power, out ulong mantissa, out int exponent)
    {
        mantissa = 0;
        exponent = 0;
        if (power == 0 || power > MaxPositive || power < -MaxNegative)
            return false;
        (mantissa, exponent) = power > 0 ? Positive[(int)power - 1] : Negative[(int)-power - 1];
        return true;
    }

    /// <summary>10^<paramref name="power"/> as double, of which only those are kept that matter for single precision.</summary>
    public static bool TryGetDouble(long power, out double value)
    {
        value = 1;
        if (power == 0)
            return true;
        if (power > MaxPositiveDouble || power < -MaxNegativeDouble)
            return false;
        value = power > 0 ? PositiveDoubles[(int)power - 1] : NegativeDoubles[(int)-power - 1];
        return true;
    }

    private static (ulong, int)[] MakePositive()
    {
        var table = new (ulong, int)[MaxPositive];
        var power = BigInteger.One;
        for (int i = 0; i < table.Length; i++)
        {
            power *= 10;
            int bits = (int)power.GetBitLength();
            var mantissa = bits <= 64 ? power << (64 - bits) : power >> (bits - 64);
            table[i] = ((ulong)mantissa, bits);
        }
        return table;
    }

    private static (ulong, int)[] MakeNegative()
    {
        var table = new (ulong, int)[MaxNegative];
        var power = BigInteger.One;
        for (int i = 0; i < table.Length; i++)
        {
            power *= 10;
            int bits = (int)power.GetBitLength();
            // 2^(bits-1) < 10^n < 2^bits, so 2^(bits+63) / 10^n lies between 2^63 and 2^64.
            var numerator = BigInteger.One << (bits + 63);
            var quotient = BigInteger.DivRem(numerator, power, out var rest);
            if (rest * 2 >= power)
                quotient++;
            table[i] = ((ulong)quotient, 1 - bits);
        }
        return table;
    }

    private static double[] MakeDoubles((ulong Mantissa, int Exponent)[] source, int count)
    {
        var table = new double[count];
        for (int i = 0; i < count; i++)
        {
            ulong mantissa = source[i].Mantissa;
            // From 10^28 on the positive mantissas are cut off: a sticky bit keeps the rounding to double right.
            if (ReferenceEquals(source, Positive) && i >= 26)
                mantissa |= 2;
            table[i] = Math.ScaleB((double)mantissa, source[i].Exponent - 64);
        }
        return table;
    }
}
