using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.Lora.Checkpoints;

namespace Microsoft.ML.Lora.Data;

/// <summary>
/// The values that the keys of a label column stand for, in order: what <c>MapKeyToValue</c> gives back after a prediction.
/// They come from the column's annotation, in any type, and travel with the model.
/// </summary>
internal abstract class LabelValues
{
    /// <summary>How many there are.</summary>
    public abstract int Count { get; }

    /// <summary>Whether they are texts, which ML.NET also uses as the names of the scores.</summary>
    public bool IsText => Type.ItemType is TextDataViewType;

    /// <summary>The annotation's type: a vector of known size.</summary>
    public abstract VectorDataViewType Type { get; }

    /// <summary>The annotation's getter, a <see cref="ValueGetter{TValue}"/> of vectors.</summary>
    public abstract Delegate Getter { get; }

    /// <summary>The name of the type of the values, as a saved model gives it.</summary>
    public abstract string TypeName { get; }

    /// <summary>Each value as text, read back exactly by the type's own reader.</summary>
    public abstract string ToText(int index);

    /// <summary>The values of a label column; null when it has none, as with keys that never had another form.</summary>
    /// <exception cref="ArgumentException">They are of a type that a model cannot store.</exception>
    public static LabelValues? FromColumn(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(AnnotationKinds.KeyValues) is not { Type: VectorDataViewType { IsKnownSize: true } type })
            return null;
        ILabelValueType valueType = LabelValueTypes.Of(type.ItemType)
            ?? throw new ArgumentException(
                $"The key values of label column '{column.Name}' are of type {type.ItemType}, which a model cannot store; "
                + "convert them to text or a number before MapValueToKey.",
                nameof(column));
        return valueType.FromAnnotation(column.Annotations);
    }

    /// <summary>For each key value of <paramref name="other"/> its 0-based position here, or -1.</summary>
    /// <returns>Null when the two are of different types.</returns>
    public int[]? PositionsOf(LabelValues other)
    {
        if (other.TypeName != TypeName)
            return null;
        var positions = new Dictionary<string, int>(Count, StringComparer.Ordinal);
        for (int i = 0; i < Count; i++)
            positions.TryAdd(ToText(i), i);
        return [.. Enumerable.Range(0, other.Count).Select(i => positions.GetValueOrDefault(other.ToText(i), -1))];
    }

    /// <summary>UTF-8 JSON: the number of classes, the values' type and the values; no values for bare keys.</summary>
    public static byte[] ToJson(LabelValues? values, int classCount)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("class_count", classCount);
            if (values is not null)
            {
                json.WriteString("type", values.TypeName);
                json.WriteStartArray("values");
                for (int i = 0; i < values.Count; i++)
                    WriteText(json, values.ToText(i));
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="LoraFormatException">The bytes are not such a document.</exception>
    public static LabelValues? FromJson(byte[] utf8, string file, out int classCount)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8);
            classCount = document.RootElement.GetProperty("class_count").GetInt32();
            if (classCount < 2)
                throw new LoraFormatException($"{file}: class_count is {classCount}; expected 2 or more.");
            if (!document.RootElement.TryGetProperty("type", out JsonElement type))
                return null;

            string name = type.GetString() ?? "";
            ILabelValueType valueType = LabelValueTypes.Named(name)
                ?? throw new LoraFormatException($"{file}: label values of type '{name}' are not known to this version.");
            string[] values = [.. document.RootElement.GetProperty("values").EnumerateArray().Select(ReadText)];
            return valueType.FromText(values);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException and not LoraFormatException
            or OverflowException or ArgumentException)
        {
            throw new LoraFormatException($"{file}: not a list of label values: {JsonText.Reason(e)}", e);
        }
    }

    // JSON holds no text that is not valid UTF-16, but a label may be one: such a text is written as its code units.
    private static void WriteText(Utf8JsonWriter json, string text)
    {
        if (IsWellFormed(text))
        {
            json.WriteStringValue(text);
            return;
        }

        json.WriteStartArray();
        foreach (char unit in text)
            json.WriteNumberValue(unit);
        json.WriteEndArray();
    }

    private static string ReadText(JsonElement element) => element.ValueKind == JsonValueKind.Array
        ? new string([.. element.EnumerateArray().Select(unit => (char)unit.GetUInt16())])
        : element.GetString() ?? throw new FormatException("a value is null");

    private static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return false;
        }

        return true;
    }
}
