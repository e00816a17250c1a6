using Microsoft.ML.Lora.Text.Unicode;

namespace Microsoft.ML.Lora.Text.Patterns;

/// <summary>Names of character properties in patterns.</summary>
internal static class RegexProperties
{
    private static readonly Dictionary<string, string> s_longNames = new()
    {
        ["letter"] = "l", ["uppercaseletter"] = "lu", ["lowercaseletter"] = "ll", ["titlecaseletter"] = "lt", ["modifierletter"] = "lm",
        ["otherletter"] = "lo", ["mark"] = "m", ["nonspacingmark"] = "mn", ["spacingmark"] = "mc", ["enclosingmark"] = "me",
        ["number"] = "n", ["decimalnumber"] = "nd", ["letternumber"] = "nl", ["othernumber"] = "no", ["punctuation"] = "p",
        ["connectorpunctuation"] = "pc", ["dashpunctuation"] = "pd", ["openpunctuation"] = "ps", ["closepunctuation"] = "pe",
        ["initialpunctuation"] = "pi", ["finalpunctuation"] = "pf", ["otherpunctuation"] = "po", ["symbol"] = "s", ["mathsymbol"] = "sm",
        ["currencysymbol"] = "sc", ["modifiersymbol"] = "sk", ["othersymbol"] = "so", ["separator"] = "z", ["spaceseparator"] = "zs",
        ["lineseparator"] = "zl", ["paragraphseparator"] = "zp", ["other"] = "c", ["control"] = "cc", ["format"] = "cf",
        ["privateuse"] = "co", ["surrogate"] = "cs", ["unassigned"] = "cn",
    };

    /// <summary>A property by its name (spaces, dashes, underscores and case do not matter), or null.</summary>
    public static Func<int, bool>? Find(string name)
    {
        string key = string.Concat(name.Where(c => c is not ' ' and not '-' and not '_')).ToLowerInvariant();
        key = s_longNames.GetValueOrDefault(key, key);
        switch (key)
        {
            case "any":
                return _ => true;
            case "ascii":
                return c => c < 0x80;
            case "alnum":
                return c => CodePoint.IsRegexWord(c) && CodePoint.Category(c) != GeneralCategory.Pc && !CodePoint.IsMark(c);
            case "space" or "whitespace":
                return CodePoint.IsRegexSpace;
            case "digit":
                return c => CodePoint.Category(c) == GeneralCategory.Nd;
            case "word":
                return CodePoint.IsRegexWord;
            case "punct":
                return IsPunctuationOrAsciiSymbol;
            case "l":
                return CodePoint.IsLetter;
            case "m":
                return CodePoint.IsMark;
            case "n":
                return CodePoint.IsNumber;
            default:
                break;
        }

        if (key.Length is not (1 or 2) || !char.IsAsciiLetterLower(key[0]))
            return ScriptNames.Find(key);
        int mask = 0;
        foreach (GeneralCategory category in Enum.GetValues<GeneralCategory>())
        {
            if (category.ToString().StartsWith(key, StringComparison.OrdinalIgnoreCase))
                mask |= 1 << (int)category;
        }

        return mask == 0 ? null : c => (mask >> (int)CodePoint.Category(c) & 1) != 0;
    }

    /// <summary>Takes <c>[:name:]</c> or <c>[:^name:]</c> inside a class; false where there is no such thing.</summary>
    public static bool TryParsePosix(string pattern, ref int at, out Func<int, bool>? property)
    {
        property = null;
        if (!pattern.AsSpan(at).StartsWith("[:"))
            return false;
        int end = pattern.IndexOf(":]", at + 2, StringComparison.Ordinal);
        if (end < 0)
            return false;
        string name = pattern[(at + 2)..end];
        bool negated = name.StartsWith('^');
        Func<int, bool>? found = (negated ? name[1..] : name) switch
        {
            "alpha" => CodePoint.IsLetter,
            "upper" => c => CodePoint.Category(c) == GeneralCategory.Lu,
            "lower" => c => CodePoint.Category(c) == GeneralCategory.Ll,
            "cntrl" => c => CodePoint.Category(c) == GeneralCategory.Cc,
            "xdigit" => c => c < 0x80 && char.IsAsciiHexDigit((char)c),
            "blank" => c => c == '\t' || CodePoint.Category(c) == GeneralCategory.Zs,
            "digit" or "space" or "word" or "punct" or "alnum" or "ascii" => Find(negated ? name[1..] : name),
            _ => null,
        };
        if (found is null)
            return false;
        at = end + 2;
        property = negated ? c => !found(c) : found;
        return true;
    }

    private static bool IsPunctuationOrAsciiSymbol(int c) =>
        c < 0x80 ? CodePoint.IsPunctuation(c) : CodePoint.Category(c) is >= GeneralCategory.Pc and <= GeneralCategory.Po;
}
