namespace Microsoft.ML.Data.Conversion;

/// <summary>
/// Reads real numbers as ML.NET does: white space around is ignored, "?" and "NaN" are NaN, "Infinity" and the sign
/// for it are known, and the last bit comes out of a 64 by 64 bit product, not of correct rounding.
/// </summary>
internal static class RealParser
{
    // Digits are taken until the next one could overflow; the rest only counts in the exponent.
    private const ulong LastSafe = (ulong.MaxValue - 9) / 10;

    public static bool TryParse(ReadOnlySpan<char> text, NumberTextOptions options, out float value)
    {
        if (!TryTrivial(ref text, options, out double simple, out bool result))
        {
            int used = 0;
            if (TryScan(text, options, ref used, out bool negative, out ulong digits, out long power))
                value = MakeSingle(negative, digits, power);
            else if (TrySpecial(text, ref used, out double special))
                value = (float)special;
            else
            {
                value = 0;
                return false;
            }
            return IsBlank(text[used..]);
        }
        value = (float)simple;
        return result;
    }

    public static bool TryParse(ReadOnlySpan<char> text, NumberTextOptions options, out double value)
    {
        if (!TryTrivial(ref text, options, out value, out bool result))
        {
            int used = 0;
            if (TryScan(text, options, ref used, out bool negative, out ulong digits, out long power))
                value = MakeDouble(negative, digits, power);
            else if (!TrySpecial(text, ref used, out value))
                return false;
            return IsBlank(text[used..]);
        }
        return result;
    }

    // Skips leading white space; handles blank text, a single digit and "?".
    private static bool TryTrivial(ref ReadOnlySpan<char> text, NumberTextOptions options, out double value, out bool result)
    {
        result = true;
        value = 0;
        text = text.TrimStart();
        if (text.IsEmpty)
        {
            value = (options & NumberTextOptions.BlankIsNaN) != 0 ? double.NaN : 0;
            return true;
        }
        if (text.Length > 1)
            return false;
        if (char.IsAsciiDigit(text[0]))
        {
            value = text[0] - '0';
            return true;
        }
        value = double.NaN;
        return text[0] == '?';
    }

    private static bool IsBlank(ReadOnlySpan<char> text) => text.TrimStart().IsEmpty;

    private static bool TrySpecial(ReadOnlySpan<char> text, ref int used, out double value)
    {
        ReadOnlySpan<string> names = ["?", "NaN", "Infinity", "-\u221E", "-Infinity", "\u221E"];
        ReadOnlySpan<double> values = [double.NaN, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.NegativeInfinity, double.PositiveInfinity];
        for (int i = 0; i < names.Length; i++)
        {
            if (text.StartsWith(names[i], StringComparison.Ordinal))
            {
                used = names[i].Length;
                value = values[i];
                return true;
            }
        }
        value = 0;
        return false;
    }

    // sign? digits marker? digits exponent?; an exponent without digits is left over.
    private static bool TryScan(ReadOnlySpan<char> text, NumberTextOptions options, ref int used,
        out bool negative, out ulong digits, out long power)
    {
        char marker = (options & NumberTextOptions.CommaIsDecimalMarker) != 0 ? ',' : '.';
        digits = 0;
        power = 0;
        int at = 0;
        negative = text[0] == '-';
        if (text[0] is '-' or '+')
            at++;
        bool any = false;
        bool fraction = false;
        for (; at < text.Length; at++)
        {
            char c = text[at];
            if (char.IsAsciiDigit(c))
            {
                any = true;
                if (digits < LastSafe)
                {
                    digits = 10 * digits + (uint)(c - '0');
                    if (fraction)
                        power--;
                }
                else if (!fraction)
                    power++;
            }
            else if (c == marker && !fraction)
                fraction = true;
            else
                break;
        }
        if (!any)
            return false;
        used = at;
        ScanExponent(text, at, ref used, ref power);
        return true;
    }

    private static void ScanExponent(ReadOnlySpan<char> text, int at, ref int used, ref long power)
    {
        if (at + 1 >= text.Length || text[at] is not ('e' or 'E'))
            return;
        at++;
        bool negative = text[at] == '-';
        if (text[at] is '-' or '+')
            at++;
        int first = at;
        long exponent = 0;
        for (; at < text.Length && char.IsAsciiDigit(text[at]); at++)
        {
            if (exponent < long.MaxValue / 100)
                exponent = 10 * exponent + (text[at] - '0');
        }
        if (at == first)
            return;
        power += negative ? -exponent : exponent;
        used = at;
    }

    private static float MakeSingle(bool negative, ulong digits, long power)
    {
        float value;
        if (digits == 0)
            value = 0;
        else if (PowersOfTen.TryGetDouble(power, out double scale))
            value = (float)(scale * digits);
        else
            value = power > 0 ? float.PositiveInfinity : 0;
        return negative ? -value : value;
    }

    private static double MakeDouble(bool negative, ulong digits, long power)
    {
        double value = digits == 0 ? 0 : Scale(digits, power);
        return negative ? -value : value;
    }

    private static double Scale(ulong digits, long power)
    {
        if (power == 0)
            return digits;
        if (power is >= -22 and <= 22 && digits < 1UL << 53)
        {
            // Both are exact doubles, so one rounding is all there is.
            PowersOfTen.TryGetDouble(Math.Abs(power), out double exact);
            return power > 0 ? digits * exact : digits / exact;
        }
        if (!PowersOfTen.TryGet(power, out ulong mantissa, out int exponent))
            return power > 0 ? double.PositiveInfinity : 0;

        int shift = System.Numerics.BitOperations.LeadingZeroCount(digits) & ~1;
        digits <<= shift;
        exponent -= shift;
        ulong high = Math.BigMul(digits, mantissa, out ulong low);
        // What was cut off must not look like a tie.
        double value;
        if ((long)high >= 0)
            value = (long)(low != 0 ? high | 1 : high);
        else
        {
            if ((low | (high & 1)) != 0)
                high |= 2;
            value = (long)(high >> 1);
            exponent++;
        }
        return ScaleByPowerOfTwo(value, exponent);
    }

    // Two steps towards denormal numbers and no saturation before infinity is certain: Math.ScaleB would round once,
    // the recorded values are rounded in these steps.
    private static double ScaleByPowerOfTwo(double value, int exponent)
    {
        exponent += 0x3FF;
        if (exponent >= 0x7FF)
            return double.PositiveInfinity;
        if (exponent <= 0)
        {
            value *= BitConverter.UInt64BitsToDouble(1UL << 52);
            exponent += 0x3FF - 1;
        }
        return value * BitConverter.UInt64BitsToDouble((ulong)exponent << 52);
    }
}
