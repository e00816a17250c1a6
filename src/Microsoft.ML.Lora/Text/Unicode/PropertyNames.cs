namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>
/// The properties that patterns name beside scripts and general categories: names and ranges as Oniguruma has them.
/// Read at first use from <c>property-names.bin</c>, which <c>eng/unicode/generate_properties.py</c> writes.
/// </summary>
internal sealed class PropertyNames
{
    private static readonly Lazy<PropertyNames> s_instance = new(() => new PropertyNames(new UnicodeDataReader("property-names.bin", "LUP1"u8)));

    // By name the bounds of the ranges: at an even index the first code point of a range, at the next one the first after it.
    private readonly Dictionary<string, int[]> _bounds = new(StringComparer.Ordinal);

    private PropertyNames(UnicodeDataReader data)
    {
        for (int properties = data.Varint(); properties > 0; properties--)
        {
            string[] names = new string[data.Varint()];
            for (int i = 0; i < names.Length; i++)
                names[i] = data.Text();
            int[] bounds = new int[2 * data.Varint()];
            int at = 0;
            for (int i = 0; i < bounds.Length; i++)
                bounds[i] = at += data.Varint();
            foreach (string name in names)
                _bounds.Add(name, bounds);
        }
    }

    /// <summary>Whether a code point has a property; null where none has the name.</summary>
    /// <param name="name">Lower case, without spaces, dashes and underscores: <c>alphabetic</c>, <c>posixpunct</c>.</param>
    public static Func<int, bool>? Find(string name) => s_instance.Value._bounds.TryGetValue(name, out int[]? bounds) ? c => Contains(bounds, c) : null;

    private static bool Contains(int[] bounds, int codePoint)
    {
        int index = Array.BinarySearch(bounds, codePoint);

        // The last bound that is not above it begins a range where its index is even.
        return ((index >= 0 ? index : ~index - 1) & 1) == 0;
    }
}
