using System.Runtime.CompilerServices;
using System.Text;

namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>Reads a table that a program in <c>eng/unicode</c> wrote, an embedded resource.</summary>
internal sealed class UnicodeDataReader
{
    private readonly byte[] _data;
    private int _at;

    /// <summary>Opens a table.</summary>
    /// <param name="name">The file.</param>
    /// <param name="magic">What it begins with.</param>
    public UnicodeDataReader(string name, ReadOnlySpan<byte> magic)
    {
        string resource = $"Microsoft.ML.Lora.{name}";
        using Stream stream = typeof(UnicodeDataReader).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidDataException($"The resource {resource} is missing from this assembly.");
        _data = new byte[stream.Length];
        stream.ReadExactly(_data);
        if (!_data.AsSpan().StartsWith(magic))
            throw new InvalidDataException($"The resource {resource} of this assembly is damaged.");
        _at = magic.Length;
    }

    private UnicodeDataReader(UnicodeDataReader other) => (_data, _at) = (other._data, other._at);

    /// <summary>A reader that goes on from here by itself.</summary>
    public UnicodeDataReader Fork() => new(this);

    /// <summary>A text of ASCII letters.</summary>
    public string Text()
    {
        int length = Varint();
        _at += length;
        return Encoding.ASCII.GetString(_data, _at - length, length);
    }

    /// <summary>A number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Varint()
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

    /// <summary>Passes over lengths and values that cover all code points (see <see cref="CodePointTable"/>).</summary>
    public void SkipRuns() => Skip(2 * Varint());

    /// <summary>Passes over a map.</summary>
    public void SkipMap()
    {
        for (int count = Varint(); count > 0; count--)
        {
            _ = Varint();
            Skip(Varint());
        }
    }

    /// <summary>Code points by code point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Dictionary<int, int[]> Map()
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

    // Numbers end with a byte below 128.
    private void Skip(int numbers)
    {
        while (numbers > 0)
            numbers -= _data[_at++] < 0x80 ? 1 : 0;
    }
}
