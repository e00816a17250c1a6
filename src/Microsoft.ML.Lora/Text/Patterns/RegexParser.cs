using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>
/// Parses the patterns that tokenizer files hold (Oniguruma's syntax). What needs memory of earlier matches (back references,
/// conditions, recursion) is refused by name: without it the time of a match can be bounded.
/// </summary>
internal sealed partial class RegexParser
{
    private const int MaxNesting = 50;
    private const int MaxRepeat = 1000;
    private const int MaxLength = 100_000;

    private readonly string _pattern;
    private int _at;
    private int _nesting;
    private bool _ignoreCase;
    private bool _dotMatchesBreak;
    private bool _extended;
    private bool _looksBehind;
    private int _steps;

    private RegexParser(string pattern) => _pattern = pattern;

    /// <summary>Parses a pattern.</summary>
    /// <exception cref="FormatException">It is not a pattern, or uses something that is not supported.</exception>
    public static RegexNode Parse(string pattern)
    {
        if (pattern.Length > MaxLength)
            throw new FormatException($"the pattern is longer than {MaxLength} characters");
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
        var letters = new List<int>();
        while (_at < _pattern.Length && Peek is not '|' and not ')')
        {
            if (_extended && SkipExtended())
                continue;
            RegexNode? part = ParseAtom() is RegexNode atom ? ParseRepeats(Counted(atom)) : null;
            if (part is RegexNode.Letter letter)
            {
                letters.Add(letter.Character);
            }
            else if (part is not null)
            {
                EndLetters();
                parts.Add(part);
            }
        }

        EndLetters();
        return new RegexNode.Sequence(parts);

        void EndLetters()
        {
            parts.AddRange(CaseFolding.Expand(letters, _looksBehind));
            letters.Clear();
        }
    }

    // Stops before a pattern that is too large has taken much memory.
    private RegexNode Counted(RegexNode atom)
    {
        _steps += atom switch
        {
            RegexNode.One or RegexNode.Letter => 1,
            RegexNode.Choice { Options: [RegexNode.One, ..] } several => several.Options.Count,
            _ => 0,
        };
        return _steps <= RegexProgram.MaxSteps ? atom : throw RegexProgram.TooLarge();
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
            if (atom is RegexNode.Letter letter)
                atom = CaseFolding.Expand([letter.Character], _looksBehind).Single();
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
                CodePointSet set = ParseClass(_ignoreCase, out bool negated);
                return _ignoreCase && !negated ? CaseFolding.Expand(set) : new RegexNode.One(set);
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

    private RegexNode Literal(int c) => _ignoreCase ? new RegexNode.Letter(c) : new RegexNode.One(CodePointSet.Of(c));

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
            {
                bool looksBehind = _looksBehind;
                _looksBehind = true;
                RegexNode part = Close(ParseChoice());
                _looksBehind = looksBehind;
                return Behind(part, negative, before);
            }

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
            var pair = new RegexNode.Sequence([new RegexNode.One(CodePointSet.Of('\r')), new RegexNode.One(CodePointSet.Of('\n'))]);
            var one = new RegexNode.One(new CodePointSet().AddRange('\n', '\r').AddRange(0x85, 0x85).AddRange(0x2028, 0x2029).Freeze(false));
            return new RegexNode.Atomic(new RegexNode.Choice([pair, one]));
        }

        if (c is 'G' or 'K' or 'X' or 'k' or 'g' or (>= '1' and <= '9'))
            throw ErrorAt(before, $"'\\{c}'");
        return ClassEscape(inClass: false, out CodePointSet? set, out int literal) ? new RegexNode.One(set!) : Literal(literal);
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
