namespace Microsoft.ML.Data;

/// <summary>An option of a text form: its names and what its value sets.</summary>
internal sealed class TextOption(string name, string shortName, Func<string, Action<string>, bool> set)
{
    public string Name { get; } = name;

    public string ShortName { get; } = shortName;

    /// <summary>May stand alone, which means true.</summary>
    public bool IsFlag { get; init; }

    /// <summary>May be given several times.</summary>
    public bool IsMultiple { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>The value is read as it stands, also in braces.</summary>
    public bool IsObject { get; init; }

    /// <summary>The first value that was given.</summary>
    public string FirstValue { get; private set; }

    public static TextOption Text(string name, string shortName, Action<string> set)
        => new(name, shortName, (value, _) =>
        {
            set(value.Length == 0 ? null : value);
            return true;
        });

    /// <summary>A value that <paramref name="parse"/> reads, which throws where it cannot.</summary>
    public static TextOption Value<T>(string name, string shortName, Func<string, T> parse, Action<T> set, bool allowsNone = false, bool isRequired = false)
        => new(name, shortName, (value, report) =>
        {
            if (value.Length == 0 && allowsNone)
                return true;
            try
            {
                set(parse(value));
                return true;
            }
            catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
            {
                report($"'{value}' is not a valid value for the '{name}' command line option");
                return false;
            }
        })
        { IsRequired = isRequired };

    public static TextOption Flag(string name, string shortName, Action<bool> set)
    {
        static bool Parse(string value) => value switch { "+" => true, "-" => false, _ => throw new FormatException() };
        var option = Value(name, shortName, Parse, set);
        return new TextOption(name, shortName, option.Assign) { IsFlag = true };
    }

    /// <summary>An object, in a short form of its own or as options in braces.</summary>
    public static TextOption Object<T>(string name, string shortName, Func<string, T> parse, Func<T, TextOption[]> options, Action<T> add)
        where T : class, new()
        => new(name, shortName, (value, report) =>
        {
            if (value.Length == 0)
            {
                report($"'' is not a valid value for the '{name}' command line option");
                return false;
            }
            if (!OptionLexer.IsGroup(value))
            {
                var parsed = parse(value);
                if (parsed == null)
                    report($"Expected arguments in curly braces for '{name}'");
                else
                    add(parsed);
                return parsed != null;
            }
            var result = new T();
            if (!OptionLexer.TrySplit(OptionLexer.Unquote(value), out var words) || !new TextOptions(options(result), report).Parse(words))
                return false;
            add(result);
            return true;
        })
        { IsMultiple = true, IsObject = true };

    public bool Set(string value, Action<string> report)
    {
        if (FirstValue != null && !IsMultiple)
        {
            report($"Duplicate '{Name}' argument: '{FirstValue}' then '{value}'");
            return false;
        }
        FirstValue ??= value;
        return Assign(value, report);
    }

    private bool Assign(string value, Action<string> report) => set(value, report);
}
