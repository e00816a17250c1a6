using System.Text;

namespace Microsoft.ML.Data;

/// <summary>
/// Splits options into words. A group in braces is one word, "=" is one, "#" starts a comment, quotes hold blanks together,
/// and a backslash protects a following quote, brace or comment sign.
/// </summary>
internal sealed class OptionLexer
{
    private readonly string _text;
    private int _at;
    private bool _failed;

    private OptionLexer(string text) => _text = text;

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    private bool AtEnd => _at >= _text.Length;

    /// <summary>False when a quote or brace has no partner.</summary>
    public static bool TrySplit(string text, out string[] words)
    {
        var lexer = new OptionLexer(text ?? "");
        var result = new List<string>();
        while (!lexer.AtEnd)
        {
            string word = lexer.ReadWord();
            if (word.Length > 0)
                result.Add(word);
        }
        words = [.. result];
        return !lexer._failed;
    }

    public static bool IsGroup(string text) => text != null && text.StartsWith('{') && text.EndsWith('}');

    /// <summary>What stands in the braces; the text itself where it is not one group.</summary>
    public static string Unquote(string text)
    {
        if (!IsGroup(text))
            return text;
        var lexer = new OptionLexer(text);
        var content = new StringBuilder();
        lexer.ReadGroup(content, keepBraces: false);
        return lexer._failed || !lexer.AtEnd ? text : content.ToString();
    }

    private string ReadWord()
    {
        SkipBlanks();
        var word = new StringBuilder();
        while (!AtEnd)
        {
            char c = Current;
            if (char.IsWhiteSpace(c) || c == '#' || (c is '{' or '}' or '=' && word.Length > 0))
                break;
            switch (c)
            {
                case '{':
                    ReadGroup(word, keepBraces: true);
                    return word.ToString();
                case '}':
                    _failed = true;
                    _at++;
                    return "}";
                case '=':
                    _at++;
                    return "=";
                case '\\':
                    ReadBackslashes(word, reduce: true);
                    break;
                case '"':
                    ReadString(word, reduce: true);
                    break;
                default:
                    word.Append(c);
                    _at++;
                    break;
            }
        }
        return word.ToString();
    }

    private void SkipBlanks()
    {
        while (char.IsWhiteSpace(Current) || Current == '#')
        {
            if (Current == '#')
            {
                while (!AtEnd && Current is not ('\r' or '\n'))
                    _at++;
            }
            else
                _at++;
        }
    }

    private void ReadGroup(StringBuilder target, bool keepBraces)
    {
        if (keepBraces)
            target.Append('{');
        _at++;
        int depth = 1;
        while (!AtEnd)
        {
            char c = Current;
            if (c == '"')
                ReadString(target, reduce: false);
            else if (c == '\\')
                ReadBackslashes(target, reduce: !keepBraces && depth == 1);
            else
            {
                depth += c switch { '{' => 1, '}' => -1, _ => 0 };
                _at++;
                if (depth > 0 || keepBraces)
                    target.Append(c);
                if (depth == 0)
                    return;
            }
        }
        _failed = true;
    }

    private void ReadBackslashes(StringBuilder target, bool reduce)
    {
        int count = 0;
        for (; Current == '\\'; _at++)
            count++;
        if (Current is not ('"' or '{' or '}' or '#'))
        {
            target.Append('\\', count);
            return;
        }
        target.Append('\\', reduce ? count / 2 : count);
        if (count % 2 != 0)
            target.Append(_text[_at++]);
    }

    private void ReadString(StringBuilder target, bool reduce)
    {
        if (!reduce)
            target.Append('"');
        _at++;
        while (!AtEnd)
        {
            char c = Current;
            if (c == '\\')
            {
                ReadBackslashes(target, reduce);
                continue;
            }
            if (c is '\r' or '\n')
                break;
            _at++;
            if (c != '"' || !reduce)
                target.Append(c);
            if (c == '"')
                return;
        }
        _failed = true;
    }
}
