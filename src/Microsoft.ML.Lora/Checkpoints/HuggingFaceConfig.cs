using System.Text.Json;

namespace Microsoft.ML.Lora.Checkpoints;

/// <summary>
/// A configuration file of a Hugging Face folder (config.json, 1_Pooling/config.json, ...): typed access with defaults, and messages that
/// name file, field and value. A field that is <c>null</c> counts as absent.
/// </summary>
internal sealed class HuggingFaceConfig
{
    /// <summary>No real configuration comes near.</summary>
    public const int MaxBytes = 16 << 20;

    private readonly JsonElement _root;

    private HuggingFaceConfig(string file, JsonElement root)
    {
        File = file;
        _root = root;
    }

    /// <summary>What messages call the file.</summary>
    public string File { get; }

    /// <summary>The whole object.</summary>
    public JsonElement Root => _root;

    /// <summary>Reads a file.</summary>
    /// <exception cref="LoraFormatException">Missing, too large, or not a JSON object.</exception>
    public static HuggingFaceConfig Read(string path)
    {
        if (!RealFile.Exists(path))
            throw new LoraFormatException(path, "the file does not exist", found: RealFile.Instead(path), expected: "a configuration as JSON");
        FileInfo info = RealFile.Of(path);
        if (info.Length > MaxBytes)
            throw new LoraFormatException(path, "the file is too large for a configuration", found: $"{info.Length} bytes", expected: $"at most {MaxBytes}");
        return Parse(System.IO.File.ReadAllBytes(path), path);
    }

    /// <summary>Reads from memory.</summary>
    public static HuggingFaceConfig Parse(ReadOnlyMemory<byte> json, string file)
    {
        JsonElement root = JsonText.Parse(json, file);
        return root.ValueKind == JsonValueKind.Object ? new HuggingFaceConfig(file, root)
            : throw new LoraFormatException(file, "not a JSON object", offset: 0, found: $"{root.ValueKind}", expected: "an object");
    }

    /// <summary>True where the field is there and not null.</summary>
    public bool Has(string name) => TryGet(name, out _);

    /// <summary>A whole number within bounds.</summary>
    public int Int32(string name, int? otherwise = null, int min = 0, int max = int.MaxValue)
    {
        if (!TryGet(name, out JsonElement value))
            return otherwise ?? throw Missing(name, Range(min, max));
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int number) || number < min || number > max)
            throw Wrong(name, value, Range(min, max));
        return number;
    }

    /// <summary>A finite number within bounds.</summary>
    public double Double(string name, double? otherwise = null, double min = double.MinValue, double max = double.MaxValue)
    {
        if (!TryGet(name, out JsonElement value))
            return otherwise ?? throw Missing(name, $"a number from {min:R} to {max:R}");
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number) || !(number >= min && number <= max))
            throw Wrong(name, value, $"a number from {min:R} to {max:R}");
        return number;
    }

    /// <summary>True or false.</summary>
    public bool Boolean(string name, bool otherwise)
    {
        if (!TryGet(name, out JsonElement value))
            return otherwise;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, value, "true or false");
    }

    /// <summary>A text.</summary>
    public string String(string name, string? otherwise = null)
    {
        if (!TryGet(name, out JsonElement value))
            return otherwise ?? throw Missing(name, "a text");
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, value, "a text");
    }

    /// <summary>An error about a field's value.</summary>
    public LoraFormatException Wrong(string name, string found, string expected) => new(File, "this value cannot be used", name, found: found, expected: expected);

    private bool TryGet(string name, out JsonElement value) => _root.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    private LoraFormatException Wrong(string name, JsonElement value, string expected) => Wrong(name, value.GetRawText(), expected);

    private LoraFormatException Missing(string name, string expected) => new(File, "the field is missing", name, found: "nothing", expected: expected);

    private static string Range(int min, int max) => max == int.MaxValue ? $"a whole number of at least {min}" : $"a whole number from {min} to {max}";
}
