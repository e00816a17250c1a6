namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>
/// The Unicode data that Hugging Face's tokenizers library works with, which is not the runtime's (each of the library's parts has a
/// Unicode version of its own). Read once from <c>unicode-tables.bin</c>, which <c>eng/unicode/generate.py</c> writes.
/// </summary>
internal sealed class UnicodeTables
{
    private readonly Lazy<CodePointTable> _scripts;
    private readonly Lazy<CodePointTable> _graphemeCategories;
    private readonly Lazy<Dictionary<int, int[]>> _compatibilityDecompositions;
    private readonly Lazy<Dictionary<(int First, int Second), int>> _compositions;

    // What few tokenizers need is passed over, and read at first use: the time to load the others' first one is theirs alone.
    private UnicodeTables(UnicodeDataReader data)
    {
        Properties = new CodePointTable(data);
        CombiningClasses = new CodePointTable(data);
        UnicodeDataReader scripts = data.Fork();
        _scripts = new Lazy<CodePointTable>(() => new CodePointTable(scripts));
        data.SkipRuns();
        UnicodeDataReader graphemes = data.Fork();
        _graphemeCategories = new Lazy<CodePointTable>(() => new CodePointTable(graphemes));
        data.SkipRuns();
        LowerCase = data.Map();
        CanonicalDecompositions = data.Map();
        UnicodeDataReader compatibility = data.Fork();
        _compatibilityDecompositions = new Lazy<Dictionary<int, int[]>>(() => compatibility.Map());
        data.SkipMap();
        _compositions = new Lazy<Dictionary<(int First, int Second), int>>(() => ReadCompositions(data));
    }

    /// <summary>Reads the tables on another thread, if nobody has asked for them yet: meanwhile a tokenizer's file is parsed.</summary>
    public static void Prepare() => _ = Task.Run(static () => Instance);

    public static UnicodeTables Instance { get; } = new(new UnicodeDataReader("unicode-tables.bin", "LUT1"u8));

    /// <summary>Bits and general category: see <see cref="CodePoint"/>.</summary>
    public CodePointTable Properties { get; }

    public CodePointTable CombiningClasses { get; }

    public CodePointTable Scripts => _scripts.Value;

    public CodePointTable GraphemeCategories => _graphemeCategories.Value;

    /// <summary>Only code points whose lower case differs; without context rules (a capital sigma is always U+03C3).</summary>
    public Dictionary<int, int[]> LowerCase { get; }

    /// <summary>Full decompositions, in canonical order; Hangul syllables are not in it.</summary>
    public Dictionary<int, int[]> CanonicalDecompositions { get; }

    public Dictionary<int, int[]> CompatibilityDecompositions => _compatibilityDecompositions.Value;

    public Dictionary<(int First, int Second), int> Compositions => _compositions.Value;

    private static Dictionary<(int First, int Second), int> ReadCompositions(UnicodeDataReader data)
    {
        int count = data.Varint();
        var compositions = new Dictionary<(int First, int Second), int>(count);
        for (int i = 0; i < count; i++)
            compositions.Add((data.Varint(), data.Varint()), data.Varint());
        return compositions;
    }
}
