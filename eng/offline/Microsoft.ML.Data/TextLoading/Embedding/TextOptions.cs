namespace Microsoft.ML.Data;

/// <summary>Reads words such as <c>name=value</c>, <c>name:value</c>, <c>name value</c>, <c>name+</c> and <c>/name</c>.</summary>
internal sealed class TextOptions(TextOption[] options, Action<string> report)
{
    /// <summary>False when anything was wrong; everything that was is reported.</summary>
    public bool Parse(string[] words)
    {
        bool good = true;
        for (int i = 0; i < words.Length; i++)
            good &= ParseOne(words, ref i);
        foreach (var option in options.Where(option => option.IsRequired && option.FirstValue == null))
        {
            report($"Missing required argument '{option.Name}'.");
            good = false;
        }
        return good;
    }

    private bool ParseOne(string[] words, ref int i)
    {
        string word = words[i];
        if (word[0] is '-' or '/')
            word = word[1..];
        var (name, tag, value) = Split(word);
        bool hasEquals = i + 2 < words.Length && words[i + 1] == "=";
        if (Find(name) is not { } option)
        {
            report($"Unrecognized command line argument '{name}'");
            if (value == null && hasEquals)
                i += 2;
            return false;
        }
        if (tag)
            report($"Error: Tag not allowed for option '{option.Name}'");
        if (value == null)
        {
            if (hasEquals)
                value = words[i += 2];
            else if (option.IsFlag)
                value = "+";
            else if (i + 1 < words.Length)
                value = words[++i];
            else
            {
                report($"Error: Need a value for option '{option.Name}'");
                return false;
            }
        }
        return option.Set(option.IsObject ? value : OptionLexer.Unquote(value), report) && !tag;
    }

    private TextOption Find(string name)
        => Array.Find(options, option => name.Equals(option.Name, StringComparison.OrdinalIgnoreCase)
            || name.Equals(option.ShortName, StringComparison.OrdinalIgnoreCase));

    // Name, whether there is a tag in brackets behind it, and the value where it is part of the word.
    private static (string Name, bool Tag, string Value) Split(string word)
    {
        string name = word;
        string value = null;
        int end = word.IndexOfAny([':', '+', '-']);
        if (end > 0 && word[end] == ':')
            (name, value) = (word[..end], word[(end + 1)..]);
        else if (end > 0 && end == word.Length - 1)
            (name, value) = (word[..end], word[end..]);
        int open = name.IndexOf('[');
        return open > 0 && name.IndexOf(']') == name.Length - 1 ? (name[..open], true, value) : (name, false, value);
    }
}
