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
        ["punct"] = "p", ["combiningmark"] = "m",
    };

    /// <summary>A property by its name, or null.</summary>
    /// <param name="name">Spaces, dashes, underscores and case do not matter.</param>
    /// <param name="inClass">Whether it stands in brackets.</param>
    public static Func<int, bool>? Find(string name, bool inClass)
    {
        string key = string.Concat(name.Where(c => c is not ' ' and not '-' and not '_')).ToLowerInvariant();
        key = s_longNames.GetValueOrDefault(key, key);
        switch (key)
        {
            case "word" when !inClass:
                return CodePoint.IsBareRegexWord;
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
            return ScriptNames.Find(key) ?? PropertyNames.Find(key);
        int mask = 0;
        foreach (GeneralCategory category in Enum.GetValues<GeneralCategory>())
        {
            if (category.ToString().StartsWith(key, StringComparison.OrdinalIgnoreCase))
                mask |= 1 << (int)category;
        }

        return mask == 0 ? PropertyNames.Find(key) : c => (mask >> (int)CodePoint.Category(c) & 1) != 0;
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
        string posix = negated ? name[1..] : name;
        Func<int, bool>? found = posix switch
        {
            // Symbols belong to it, which \p{Punct} does not have.
            "punct" => PropertyNames.Find("posixpunct"),
            "alnum" or "alpha" or "ascii" or "blank" or "cntrl" or "digit" or "graph" or "lower" or "print" or "space" or "upper" or "word" or "xdigit" => PropertyNames.Find(posix),
            _ => null,
        };
        if (found is null)
            return false;
        at = end + 2;
        property = negated ? c => !found(c) : found;
        return true;
    }
}
