namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>
/// The Unicode data that Hugging Face's tokenizers library works with, which is not the runtime's (each of the library's parts has a
/// Unicode version of its own). Read once from <c>unicode-tables.bin</c>, which <c>eng/unicode/generate.py</c> writes.
/// </summary>
internal sealed class UnicodeTables
{
    private UnicodeTables(UnicodeDataReader data)
    {
        Properties = new CodePointTable(data.Runs());
        CombiningClasses = new CodePointTable(data.Runs());
        Scripts = new CodePointTable(data.Runs());
        GraphemeCategories = new CodePointTable(data.Runs());
        LowerCase = data.Map();
        CanonicalDecompositions = data.Map();
        CompatibilityDecompositions = data.Map();
        int count = data.Varint();
        Compositions = new Dictionary<(int First, int Second), int>(count);
        for (int i = 0; i < count; i++)
            Compositions.Add((data.Varint(), data.Varint()), data.Varint());
    }

    public static UnicodeTables Instance { get; } = new(new UnicodeDataReader("unicode-tables.bin", "LUT1"u8));

    /// <summary>Bits and general category: see <see cref="CodePoint"/>.</summary>
    public CodePointTable Properties { get; }

    public CodePointTable CombiningClasses { get; }

    public CodePointTable Scripts { get; }

    public CodePointTable GraphemeCategories { get; }

    /// <summary>Only code points whose lower case differs; without context rules (a capital sigma is always U+03C3).</summary>
    public Dictionary<int, int[]> LowerCase { get; }

    /// <summary>Full decompositions, in canonical order; Hangul syllables are not in it.</summary>
    public Dictionary<int, int[]> CanonicalDecompositions { get; }

    public Dictionary<int, int[]> CompatibilityDecompositions { get; }

    public Dictionary<(int First, int Second), int> Compositions { get; }
}
