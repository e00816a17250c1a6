using System.Globalization;

namespace Microsoft.ML.Data.Conversion;

/// <summary>The text forms of the standard scalar types, except real numbers.</summary>
internal static class TextParsing
{
    public static bool TryUnsigned(ReadOnlySpan<char> text, out ulong value)
    {
        value = 0;
        foreach (char c in text)
        {
            if (!char.IsAsciiDigit(c))
                return false;
            ulong digit = (uint)(c - '0');
            if (value > (ulong.MaxValue - digit) / 10)
                return false;
            value = 10 * value + digit;
        }
        return true;
    }

    /// <summary>Blank is zero; a plus sign is an error.</summary>
    public static bool TrySigned(ReadOnlySpan<char> text, long max, out long value)
    {
        value = 0;
        if (text.IsEmpty)
            return true;
        bool negative = text[0] == '-';
        if (negative)
            text = text[1..];
        if (text.IsEmpty || !TryUnsigned(text, out ulong magnitude))
            return false;
        if (magnitude > (ulong)max + (negative ? 1UL : 0))
            return false;
        value = negative ? unchecked(-(long)magnitude) : (long)magnitude;
        return true;
    }

    public static bool TryBoolean(ReadOnlySpan<char> text, out bool value)
    {
        ReadOnlySpan<string> yes = ["t", "y", "1", "+", "+1", "yes", "true"];
        ReadOnlySpan<string> no = ["", "f", "n", "0", "-", "-1", "no", "false"];
        value = IsOneOf(text, yes);
        return value || IsOneOf(text, no);
    }

    private static bool IsOneOf(ReadOnlySpan<char> text, ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(text, name))
                return true;
        }
        return false;
    }

    /// <summary>The usual spellings of "no value": ?, NA, N/A, NaN in any case.</summary>
    public static bool IsMissing(ReadOnlySpan<char> text)
        => IsOneOf(text, ["?", "na", "n/a", "nan"]);

    /// <summary>0x and 32 hexadecimal digits, the high half first.</summary>
    public static bool TryRowId(ReadOnlySpan<char> text, out DataViewRowId value)
    {
        value = default;
        if (text.Length != 34 || text[0] != '0' || text[1] is not ('x' or 'X'))
            return false;
        if (!ulong.TryParse(text.Slice(2, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong high) ||
            !ulong.TryParse(text.Slice(18, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong low))
            return false;
        value = new DataViewRowId(low, high);
        return true;
    }

    /// <summary>Zero based in text, one based as a value; blank and missing are zero.</summary>
    public static bool TryKey(ReadOnlySpan<char> text, ulong max, out ulong value)
    {
        value = 0;
        if (text.IsEmpty || IsMissing(text))
            return true;
        if (!TryUnsigned(text, out ulong index) || index > max)
            return false;
        value = index + 1;
        return true;
    }

    public static bool TryTimeSpan(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = default;
        return text.IsEmpty || TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value);
    }

    public static bool TryDateTime(ReadOnlySpan<char> text, out DateTime value)
    {
        value = default;
        return text.IsEmpty || DateTime.TryParse(text, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out value);
    }

    public static bool TryDateTimeOffset(ReadOnlySpan<char> text, out DateTimeOffset value)
    {
        value = default;
        return text.IsEmpty || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value);
    }
}
