namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>
/// The scripts that patterns name: names and ranges as Oniguruma has them, which are of another Unicode version than <see cref="UnicodeTables.Scripts"/>.
/// Read at first use from <c>script-names.bin</c>, which <c>eng/unicode/generate_scripts.py</c> writes.
/// </summary>
internal sealed class ScriptNames
{
    private static readonly Lazy<ScriptNames> s_instance = new(() => new ScriptNames(new UnicodeDataReader("script-names.bin", "LUS1"u8)));

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly CodePointTable _scripts;

    private ScriptNames(UnicodeDataReader data)
    {
        int count = data.Varint();
        for (int number = 1; number <= count; number++)
        {
            for (int names = data.Varint(); names > 0; names--)
                _numbers.Add(data.Text(), number);
        }

        _scripts = new CodePointTable(data);
    }

    /// <summary>Whether a code point is of a script; null where no script has the name.</summary>
    /// <param name="name">Lower case, without spaces, dashes and underscores: <c>han</c>, <c>oldpersian</c>, <c>xpeo</c>.</param>
    public static Func<int, bool>? Find(string name)
    {
        ScriptNames all = s_instance.Value;
        return all._numbers.TryGetValue(name, out int number) ? c => all._scripts[c] == number : null;
    }
}
