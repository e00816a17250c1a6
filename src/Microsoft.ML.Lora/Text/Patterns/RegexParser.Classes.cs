using System.Globalization;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Patterns;

/// <content>Classes in brackets, and escapes for a character or a set of them.</content>
internal sealed partial class RegexParser
{
    /// <summary>An escape that is allowed in and outside of classes: a set, or a single character.</summary>
    private bool ClassEscape(bool inClass, out CodePointSet? set, out int literal)
    {
        int before = _at;
        _at++;
        char c = _pattern[_at++];
        literal = -1;
        Func<int, bool>? property = c switch
        {
            'd' or 'D' => point => CodePoint.Category(point) == GeneralCategory.Nd,
            's' or 'S' => CodePoint.IsRegexSpace,
            'w' or 'W' => inClass ? CodePoint.IsRegexWord : CodePoint.IsBareRegexWord,
            'h' or 'H' => point => point < 0x80 && char.IsAsciiHexDigit((char)point),
            'p' or 'P' => ParseProperty(before, inClass),
            _ => null,
        };
        if (property is not null)
        {
            set = new CodePointSet().Add(property).Freeze(char.IsAsciiLetterUpper(c));
            return true;
        }

        set = null;
        literal = c switch
        {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\f',
            'v' => '\v',
            'a' => '\a',
            'e' => 27,
            'x' => ParseHex(before, 2),
            'u' => ParseHex(before, 4),
            '0' => ParseOctal(),
            _ when char.IsAsciiLetterOrDigit(c) => throw ErrorAt(before, $"'\\{c}'"),
            _ => CodePointBehind(),
        };
        return false;
    }

    private int CodePointBehind()
    {
        _at--;
        return TakeCodePoint();
    }

    private int ParseOctal()
    {
        int value = 0;
        for (int i = 0; i < 2 && _at < _pattern.Length && Peek is >= '0' and <= '7'; i++)
            value = (8 * value) + (_pattern[_at++] - '0');
        return value;
    }

    private int ParseHex(int before, int digits)
    {
        string text;
        if (digits == 2 && Take('{'))
        {
            int end = _pattern.IndexOf('}', _at);
            text = end < 0 ? "" : _pattern[_at..end];
            _at = end + 1;
        }
        else
        {
            int length = 0;
            while (length < digits && _at + length < _pattern.Length && char.IsAsciiHexDigit(_pattern[_at + length]))
                length++;
            text = _pattern.Substring(_at, length);
            _at += length;
        }

        return int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value) && value is >= 0 and <= 0x10FFFF
            ? value
            : throw ErrorAt(before, "a code point that is not hexadecimal up to 10FFFF");
    }

    private Func<int, bool> ParseProperty(int before, bool inClass)
    {
        string name;
        if (Take('{'))
        {
            int end = _pattern.IndexOf('}', _at);
            if (end < 0)
                throw ErrorAt(before, "a property name without its '}'");
            name = _pattern[_at..end];
            _at = end + 1;
        }
        else
        {
            name = _at < _pattern.Length ? _pattern[_at++].ToString() : "";
        }

        bool negated = name.StartsWith('^');
        Func<int, bool> property = RegexProperties.Find(negated ? name[1..] : name, inClass)
            ?? throw ErrorAt(before, $"the property '{LoraFormatException.Shorten(name)}'");
        return negated ? point => !property(point) : property;
    }

    // Cases are looked at once, for all that is in the brackets.
    private CodePointSet ParseClass(bool ignoreCase, out bool negated)
    {
        int before = _at++;
        if (++_nesting > MaxNesting)
            throw Error($"more than {MaxNesting} nested groups");
        negated = Take('^');
        var whole = new CodePointSet();
        var part = new CodePointSet();
        bool first = true;
        var parts = new List<CodePointSet>();
        while (true)
        {
            if (_at >= _pattern.Length)
                throw ErrorAt(before, "a '[' without its ']'");
            if (Peek == ']' && !first)
            {
                _at++;
                break;
            }

            first = false;
            if (Peek == '&' && _at + 1 < _pattern.Length && _pattern[_at + 1] == '&')
            {
                _at += 2;
                parts.Add(part.Freeze(false));
                part = new CodePointSet();
                continue;
            }

            ParseClassItem(part);
        }

        _nesting--;
        parts.Add(part.Freeze(false));
        whole.Add(parts[0]);
        foreach (CodePointSet other in parts.Skip(1))
            whole.Intersect(other);
        return (ignoreCase ? whole.IgnoreCase() : whole).Freeze(negated);
    }

    private void ParseClassItem(CodePointSet set)
    {
        if (Peek == '[')
        {
            if (RegexProperties.TryParsePosix(_pattern, ref _at, out Func<int, bool>? posix))
                set.Add(posix!);
            else
                set.Add(ParseClass(ignoreCase: false, out _));
            return;
        }

        if (!ClassCharacter(set, out int low))
            return;
        if (_at + 1 >= _pattern.Length || Peek != '-' || _pattern[_at + 1] == ']')
        {
            set.AddRange(low, low);
            return;
        }

        int dash = _at++;
        if (Peek == '[' || !ClassCharacter(set, out int high))
        {
            // "a-\d" and "a-[b]": the dash is itself.
            set.AddRange(low, low).AddRange('-', '-');
            return;
        }

        if (high < low)
            throw ErrorAt(dash, "a range whose end is before its beginning");
        set.AddRange(low, high);
    }

    /// <summary>A single character of a class; false where a set was added instead.</summary>
    private bool ClassCharacter(CodePointSet set, out int c)
    {
        if (Peek != '\\')
        {
            c = TakeCodePoint();
            return true;
        }

        if (_at + 1 >= _pattern.Length)
            throw Error("a '\\' at the end");
        if (_pattern[_at + 1] == 'b')
        {
            _at += 2;
            c = '\b';
            return true;
        }

        if (!ClassEscape(inClass: true, out CodePointSet? found, out c))
            return true;
        set.Add(found!);
        return false;
    }
}
