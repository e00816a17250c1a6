namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>
/// The Unicode data that Hugging Face's tokenizers library works with, which is not the runtime's (each of the library's parts has a
/// Unicode version of its own). Read once from <c>unicode-tables.bin</c>, which <c>eng/unicode/generate.py</c> writes.
/// </summary>
internal sealed class UnicodeTables
{
    private const string Resource = "Microsoft.ML.Lora.unicode-tables.bin";

    private readonly byte[] _data;
    private int _at;

    private UnicodeTables(byte[] data)
    {
        _data = data;
        if (!data.AsSpan().StartsWith("LUT1"u8))
            throw new InvalidDataException($"The resource {Resource} of this assembly is damaged.");
        _at = 4;
        Properties = new CodePointTable(Runs());
        CombiningClasses = new CodePointTable(Runs());
        Scripts = new CodePointTable(Runs());
        GraphemeCategories = new CodePointTable(Runs());
        LowerCase = Map();
        CanonicalDecompositions = Map();
        CompatibilityDecompositions = Map();
        int count = Varint();
        Compositions = new Dictionary<(int First, int Second), int>(count);
        for (int i = 0; i < count; i++)
            Compositions.Add((Varint(), Varint()), Varint());
    }

    public static UnicodeTables Instance { get; } = Load();

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

    private static UnicodeTables Load()
    {
        using Stream stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidDataException($"The resource {Resource} is missing from this assembly.");
        byte[] data = new byte[stream.Length];
        stream.ReadExactly(data);
        return new UnicodeTables(data);
    }

    private int Varint()
    {
        int value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = _data[_at++];
            value |= (b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
    }

    private IEnumerable<(int Length, int Value)> Runs()
    {
        int count = Varint();
        for (int i = 0; i < count; i++)
            yield return (Varint(), Varint());
    }

    private Dictionary<int, int[]> Map()
    {
        int count = Varint();
        var map = new Dictionary<int, int[]>(count);
        int key = 0;
        for (int i = 0; i < count; i++)
        {
            key += Varint();
            int[] values = new int[Varint()];
            for (int j = 0; j < values.Length; j++)
                values[j] = Varint();
            map.Add(key, values);
        }

        return map;
    }
}
