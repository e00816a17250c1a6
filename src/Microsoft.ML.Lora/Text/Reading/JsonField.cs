using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Text.Reading;

/// <summary>A value in a JSON file that others wrote: every access is checked, and every error names the file and the place.</summary>
// A class: generic code over a structure would be compiled anew for it, which takes longer than reading most files.
internal sealed class JsonField
{
    private readonly string _parent;
    private readonly int _index;

    public JsonField(string file, string parent, string? name, JsonElement value)
    {
        File = file;
        _parent = parent;
        Name = name;
        _index = -1;
        Value = value;
    }

    private JsonField(string file, string parent, int index, JsonElement value)
        : this(file, parent, null, value) => _index = index;

    /// <summary>Nesting deeper than any real file has.</summary>
    private const int MaxDepth = 64;

    /// <summary>More than any real tokenizer file has.</summary>
    private const int MaxBytes = 1 << 28;

    public string File { get; }

    /// <summary>The place in the file, as a JSON pointer.</summary>
    public string Path => _index >= 0 ? string.Create(CultureInfo.InvariantCulture, $"{_parent}/{_index}")
        : Name is null ? _parent
        : $"{_parent}/{Name}";

    /// <summary>The name, of a member of an object.</summary>
    public string? Name { get; }

    public JsonElement Value { get; }

    public bool IsObject => Value.ValueKind == JsonValueKind.Object;

    public bool IsString => Value.ValueKind == JsonValueKind.String;

    /// <summary>Parses a file, which must hold one JSON object.</summary>
    /// <exception cref="LoraFormatException">It does not.</exception>
    public static JsonDocument Parse(string file, ReadOnlyMemory<byte> content)
    {
        if (content.Length > MaxBytes)
            throw new LoraFormatException(file, "is too large", found: $"{content.Length} bytes", expected: $"at most {MaxBytes}");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException e)
        {
            throw new LoraFormatException(file, $"is not valid JSON: {JsonText.Reason(e)}", inner: e);
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return document;
        JsonValueKind kind = document.RootElement.ValueKind;
        document.Dispose();
        throw new LoraFormatException(file, "does not hold a JSON object", found: kind.ToString());
    }

    /// <summary>A member that may be missing or null.</summary>
    public JsonField? Optional(string name)
    {
        CheckKind(JsonValueKind.Object);
        return Value.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null
            ? new JsonField(File, Path, name, member)
            : null;
    }

    /// <summary>A member that must be there (it may be null).</summary>
    public JsonField Required(string name)
    {
        CheckKind(JsonValueKind.Object);
        return Value.TryGetProperty(name, out JsonElement member)
            ? new JsonField(File, Path, name, member)
            : throw new LoraFormatException(File, "is missing", $"{Path}/{name}");
    }

    public string AsString()
    {
        CheckKind(JsonValueKind.String);
        try
        {
            return Value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new LoraFormatException(File, "is not valid text (half of a surrogate pair)", Path, inner: e);
        }
    }

    public bool AsBool() => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("true or false"),
    };

    /// <summary>A whole number of 0 or more that fits 32 bits.</summary>
    public int AsCount()
    {
        CheckKind(JsonValueKind.Number);
        return Value.TryGetInt32(out int number) && number >= 0
            ? number
            : throw Wrong($"a whole number from 0 to {int.MaxValue}");
    }

    public double AsDouble()
    {
        CheckKind(JsonValueKind.Number);
        return Value.TryGetDouble(out double number) && double.IsFinite(number) ? number : throw Wrong("a finite number");
    }

    public IEnumerable<JsonField> Items()
    {
        CheckKind(JsonValueKind.Array);
        return All(File, Path, Value);

        static IEnumerable<JsonField> All(string file, string path, JsonElement list)
        {
            int i = 0;
            foreach (JsonElement item in list.EnumerateArray())
                yield return new JsonField(file, path, i++, item);
        }
    }

    /// <summary>An item of a list that is known to have it.</summary>
    public JsonField Item(int index) => new(File, Path, index, Value[index]);

    /// <summary>The members of an object with their names; of equal names all are given, in order.</summary>
    public IEnumerable<JsonField> Members()
    {
        CheckKind(JsonValueKind.Object);
        return All(File, Path, Value);

        static IEnumerable<JsonField> All(string file, string path, JsonElement value)
        {
            foreach (JsonProperty member in value.EnumerateObject())
            {
                yield return new JsonField(file, path, NameOf(member, file, path), member.Value);
            }
        }
    }

    /// <summary>The member of an object that must have just one, which says what it is.</summary>
    /// <param name="expected">The forms it may have, for messages.</param>
    public JsonField OnlyMember(string expected)
    {
        CheckKind(JsonValueKind.Object);
        JsonField[] members = [.. Members().Take(2)];
        return members.Length == 1 ? members[0] : throw Wrong(expected);
    }

    /// <summary>The members of an object of whole numbers, of which there may be many.</summary>
    // The loop calls code that is compiled already; replacing it while it runs by an optimized one takes longer than it does.
    [MethodImpl(MethodImplOptions.NoOptimization)]
    public (string[] Names, int[] Values) Counts()
    {
        CheckKind(JsonValueKind.Object);
        var names = new List<string>();
        var values = new List<int>();
        foreach (JsonProperty member in Value.EnumerateObject())
        {
            names.Add(NameOf(member, File, Path));
            values.Add(member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt32(out int value) && value >= 0
                ? value
                : new JsonField(File, Path, names[^1], member.Value).AsCount());
        }

        return ([.. names], [.. values]);
    }

    /// <summary>The component's <c>type</c>.</summary>
    public string TypeName() => Required("type").AsString();

    /// <summary>Refuses a name that is not one of those known.</summary>
    public LoraFormatException Unknown(string what, string expected) =>
        new(File, $"names a {what} that is not supported", Path, found: $"'{AsString()}'", expected: expected);

    public LoraFormatException Wrong(string expected) =>
        new(File, "has the wrong value", Path, found: Describe(), expected: expected);

    private static string NameOf(JsonProperty member, string file, string path)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new LoraFormatException(file, "has a name that is not valid text (half of a surrogate pair)", path, inner: e);
        }
    }

    private string Describe() => Value.ValueKind is JsonValueKind.Object ? "an object"
        : Value.ValueKind is JsonValueKind.Array ? "a list"
        : Value.GetRawText();

    private void CheckKind(JsonValueKind kind)
    {
        if (Value.ValueKind == kind)
            return;
        throw Wrong(kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "text in quotes",
            _ => "a number",
        });
    }
}
