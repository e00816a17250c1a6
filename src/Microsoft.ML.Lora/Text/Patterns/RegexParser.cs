using System.Globalization;
using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>
/// Parses the patterns that tokenizer files hold (Oniguruma's syntax). What needs memory of earlier matches (back references,
/// conditions, recursion) is refused by name: without it the time of a match can be bounded.
/// </summary>
internal sealed class RegexParser
{
    private const int MaxNesting = 50;
    private const int MaxRepeat = 1000;

    private readonly string _pattern;
    private int _at;
    private int _nesting;
    private bool _ignoreCase;
    private bool _dotMatchesBreak;
    private bool _extended;

    private RegexParser(string pattern) => _pattern = pattern;

    /// <summary>Parses a pattern.</summary>
    /// <exception cref="FormatException">It is not a pattern, or uses something that is not supported.</exception>
    public static RegexNode Parse(string pattern)
    {
        var parser = new RegexParser(pattern);
        RegexNode node = parser.ParseChoice();
        return parser._at == pattern.Length ? node : throw parser.Error("a ')' without its '('");
    }

    private RegexNode ParseChoice()
    {
        if (++_nesting > MaxNesting)
            throw Error($"more than {MaxNesting} nested groups");
        (bool ignoreCase, bool dot, bool extended) = (_ignoreCase, _dotMatchesBreak, _extended);
        var options = new List<RegexNode> { ParseSequence() };
        while (Take('|'))
            options.Add(ParseSequence());
        (_ignoreCase, _dotMatchesBreak, _extended) = (ignoreCase, dot, extended);
        _nesting--;
        return options.Count == 1 ? options[0] : new RegexNode.Choice(options);
    }

    private RegexNode.Sequence ParseSequence()
    {
        var parts = new List<RegexNode>();
        while (_at < _pattern.Length && Peek is not '|' and not ')')
        {
            if (_extended && SkipExtended())
                continue;
            RegexNode? atom = ParseAtom();
            if (atom is not null)
                parts.Add(ParseRepeats(atom));
        }

        return new RegexNode.Sequence(parts);
    }

    private bool SkipExtended()
    {
        if (Peek == '#')
        {
            while (_at < _pattern.Length && Peek != '\n')
                _at++;
            return true;
        }

        if (!char.IsWhiteSpace(Peek))
            return false;
        _at++;
        return true;
    }

    private RegexNode ParseRepeats(RegexNode atom)
    {
        while (_at < _pattern.Length)
        {
            int min, max;
            bool counted = false;
            int before = _at;
            if (Take('*'))
                (min, max) = (0, int.MaxValue);
            else if (Take('+'))
                (min, max) = (1, int.MaxValue);
            else if (Take('?'))
                (min, max) = (0, 1);
            else if (Peek == '{' && TryParseCount(out min, out max))
                counted = true;
            else
                break;
            if (atom is RegexNode.Anchor or RegexNode.Look)
                throw ErrorAt(before, "a repeat of something that matches nothing");
            RepeatKind kind = Take('?') ? RepeatKind.Lazy
                : !counted && Take('+') ? RepeatKind.Possessive
                : RepeatKind.Greedy;
            atom = new RegexNode.Repeat(atom, min, max, kind);
        }

        return atom;
    }

    private bool TryParseCount(out int min, out int max)
    {
        int before = _at++;
        bool hasMin = TryParseNumber(out min);
        max = min;
        bool hasMax = hasMin;
        if (Take(','))
        {
            hasMax = TryParseNumber(out max);
            if (!hasMax)
                max = int.MaxValue;
        }

        if (!Take('}') || (!hasMin && !hasMax))
        {
            _at = before;
            return false;
        }

        if (min > MaxRepeat || (max > MaxRepeat && max != int.MaxValue) || max < min)
            throw ErrorAt(before, $"a count that is not from 0 to {MaxRepeat}, in order");
        return true;
    }

    private bool TryParseNumber(out int number)
    {
        number = 0;
        int before = _at;
        while (_at < _pattern.Length && char.IsAsciiDigit(Peek))
            number = Math.Min((10 * number) + (_pattern[_at++] - '0'), 1_000_000);
        return _at > before;
    }

    private RegexNode? ParseAtom()
    {
        char c = Peek;
        switch (c)
        {
            case '(':
                return ParseGroup();
            case '[':
                return new RegexNode.One(ParseClass());
            case '.':
                _at++;
                bool all = _dotMatchesBreak;
                return new RegexNode.One(CodePointSet.Of(point => all || point != '\n'));
            case '^':
                _at++;
                return new RegexNode.Anchor(AnchorKind.LineStart);
            case '$':
                _at++;
                return new RegexNode.Anchor(AnchorKind.LineEnd);
            case '*' or '+' or '?':
                throw Error("a repeat of nothing");
            case '\\':
                return ParseEscape();
            default:
                return Literal(TakeCodePoint());
        }
    }

    private RegexNode.One Literal(int c)
    {
        CodePointSet set = new CodePointSet().AddRange(c, c);
        return new RegexNode.One((_ignoreCase ? set.AddOtherCases() : set).Freeze(false));
    }

    private RegexNode? ParseGroup()
    {
        int before = _at++;
        RegexNode Close(RegexNode part) => Take(')') ? part : throw ErrorAt(before, "a '(' without its ')'");
        if (!Take('?'))
            return Close(ParseChoice());
        if (Take(':'))
            return Close(ParseChoice());
        if (Take('='))
            return new RegexNode.Look(Close(ParseChoice()), false, false);
        if (Take('!'))
            return new RegexNode.Look(Close(ParseChoice()), false, true);
        if (Take('>'))
            return new RegexNode.Atomic(Close(ParseChoice()));
        if (Take('#'))
        {
            int end = _pattern.IndexOf(')', _at);
            _at = end < 0 ? throw ErrorAt(before, "a '(' without its ')'") : end + 1;
            return null;
        }

        if (Take('<') || (Peek == 'P' && _at + 1 < _pattern.Length && _pattern[_at + 1] == '<' && (_at += 2) > 0))
        {
            bool negative = Peek == '!';
            if (Take('=') || Take('!'))
                return Behind(Close(ParseChoice()), negative, before);
            int end = _pattern.IndexOf('>', _at);
            _at = end < 0 ? throw ErrorAt(before, "a group name without its '>'") : end + 1;
            return Close(ParseChoice());
        }

        return ParseOptions(before);
    }

    private RegexNode.Look Behind(RegexNode part, bool negative, int before) => part.MaxLength <= MaxRepeat
        ? new RegexNode.Look(part, true, negative)
        : throw ErrorAt(before, "a look-behind without a fixed greatest length");

    private RegexNode? ParseOptions(int before)
    {
        bool on = true;
        (bool ignoreCase, bool dot, bool extended) = (_ignoreCase, _dotMatchesBreak, _extended);
        while (_at < _pattern.Length && Peek is not ':' and not ')')
        {
            switch (_pattern[_at++])
            {
                case '-':
                    on = false;
                    break;
                case 'i':
                    ignoreCase = on;
                    break;
                case 'm':
                    dot = on;
                    break;
                case 'x':
                    extended = on;
                    break;
                default:
                    throw ErrorAt(before, $"the group '(?{_pattern[_at - 1]}'");
            }
        }

        (bool wasIgnoring, bool wasDot, bool wasExtended) = (_ignoreCase, _dotMatchesBreak, _extended);
        (_ignoreCase, _dotMatchesBreak, _extended) = (ignoreCase, dot, extended);
        if (Take(')'))
            return null;
        if (!Take(':'))
            throw ErrorAt(before, "a '(' without its ')'");
        RegexNode part = ParseChoice();
        (_ignoreCase, _dotMatchesBreak, _extended) = (wasIgnoring, wasDot, wasExtended);
        return Take(')') ? part : throw ErrorAt(before, "a '(' without its ')'");
    }

    private RegexNode ParseEscape()
    {
        int before = _at;
        char c = _at + 1 < _pattern.Length ? _pattern[_at + 1] : throw Error("a '\\' at the end");
        AnchorKind? anchor = c switch
        {
            'A' => AnchorKind.TextStart,
            'z' => AnchorKind.TextEnd,
            'Z' => AnchorKind.TextEndOrBreak,
            'b' => AnchorKind.WordBoundary,
            'B' => AnchorKind.NoWordBoundary,
            _ => null,
        };
        if (anchor is not null)
        {
            _at += 2;
            return new RegexNode.Anchor(anchor.Value);
        }

        if (c == 'R')
        {
            _at += 2;
            var pair = new RegexNode.Sequence([Literal('\r'), Literal('\n')]);
            var one = new RegexNode.One(new CodePointSet().AddRange('\n', '\r').AddRange(0x85, 0x85).AddRange(0x2028, 0x2029).Freeze(false));
            return new RegexNode.Atomic(new RegexNode.Choice([pair, one]));
        }

        if (c is 'G' or 'K' or 'X' or 'k' or 'g' or (>= '1' and <= '9'))
            throw ErrorAt(before, $"'\\{c}'");
        return ClassEscape(inClass: false, out CodePointSet? set, out int literal) ? new RegexNode.One(set!) : Literal(literal);
    }

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

    private CodePointSet ParseClass()
    {
        int before = _at++;
        if (++_nesting > MaxNesting)
            throw Error($"more than {MaxNesting} nested groups");
        bool negated = Take('^');
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
                parts.Add(Finish(part));
                part = new CodePointSet();
                continue;
            }

            ParseClassItem(part);
        }

        _nesting--;
        parts.Add(Finish(part));
        whole.Add(parts[0]);
        foreach (CodePointSet other in parts.Skip(1))
            whole.Intersect(other);
        return whole.Freeze(negated);

        CodePointSet Finish(CodePointSet set) => (_ignoreCase ? set.AddOtherCases() : set).Freeze(false);
    }

    private void ParseClassItem(CodePointSet set)
    {
        if (Peek == '[')
        {
            if (RegexProperties.TryParsePosix(_pattern, ref _at, out Func<int, bool>? posix))
                set.Add(posix!);
            else
                set.Add(ParseClass());
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

    private char Peek => _at < _pattern.Length ? _pattern[_at] : '\0';

    private bool Take(char c)
    {
        if (_at >= _pattern.Length || _pattern[_at] != c)
            return false;
        _at++;
        return true;
    }

    private int TakeCodePoint()
    {
        int c = CodePoint.At(_pattern, _at, out int length);
        _at += length;
        return c;
    }

    private FormatException Error(string what) => ErrorAt(_at, what);

    private FormatException ErrorAt(int at, string what) => new($"the pattern has {what} at character {at}, which is not supported");
}
